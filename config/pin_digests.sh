#!/bin/sh
# Pin the images of compose.yaml and Dockerfile to the digests that their registry has now: name:tag -> name:tag@sha256:…
# The tag stays, for people. Run it again to take newer builds of the same tags; commit the change when it has been tested.
set -eu
cd "${1:-$(dirname "$0")/..}"

images=$(sed -n 's/^FROM \([^ ]*\).*/\1/p; s/^ *image: \([a-z]*:[^ ${]*\)$/\1/p' Dockerfile compose.yaml | sed 's/@.*//' | sort -u)
for image in $images; do
    docker pull --quiet "$image" >/dev/null
    digest=$(docker image inspect --format '{{index .RepoDigests 0}}' "$image" | sed -n 's/.*@\(sha256:[0-9a-f]\{64\}\)$/\1/p')
    if [ -z "$digest" ]; then
        echo "No digest of $image: nothing more is pinned" >&2
        exit 1
    fi
    for file in Dockerfile compose.yaml; do
        sed "s|\(FROM \)$image\(@sha256:[0-9a-f]*\)\{0,1\}|\1$image@$digest|; s|\(image: \)$image\(@sha256:[0-9a-f]*\)\{0,1\}\$|\1$image@$digest|" \
            "$file" > "$file.pinned"
        cat "$file.pinned" > "$file" && rm "$file.pinned"
    done
    echo "$image@$digest"
done
