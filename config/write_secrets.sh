#!/bin/sh
# Write the secrets of compose.yaml into secrets/, each into a file of its own: from .env, else random. Keep each file that
# exists. Containers read the files as other users, so the files are readable and the folder is closed.
set -eu
cd "${1:-$(dirname "$0")/..}"

given() { # the value of a variable in .env, without its quotes
    if [ -f .env ]; then
        sed -n "s/^$1=//p" .env | tail -n 1 | sed "s/^'\(.*\)'\$/\1/; s/^\"\(.*\)\"\$/\1/"
    fi
}
keep() { # NAME VALUE
    if [ ! -s "secrets/$1" ]; then
        printf '%s\n' "$2" > "secrets/$1"
        chmod 444 "secrets/$1"
    fi
}
random() {
    openssl rand -hex 32
}
given_or_random() {
    value=$(given "$1")
    if [ -n "$value" ]; then printf '%s' "$value"; else random; fi
}

mkdir -p secrets
chmod 700 secrets
keep api_key "$(given_or_random API_KEY)"
keep secret_key "$(given_or_random SECRET_KEY)"
keep twilio_auth_token "$(given TWILIO_AUTH_TOKEN)"
keep ops_webhook_url "$(given OPS_WEBHOOK_URL)"
keep mongodb_keyfile "$(random)"
keep mongodb_root_password "$(random)"
keep mongodb_password "$(random)"
keep redis.conf "requirepass $(random)"
uri=$(given MONGODB_URI)
keep mongodb_uri "${uri:-mongodb://dispatch:$(cat secrets/mongodb_password)@mongodb:27017/?replicaSet=rs0&authSource=admin}"
url=$(given REDIS_URL)
keep redis_url "${url:-redis://:$(sed -n 's/^requirepass //p' secrets/redis.conf)@redis:6379/0}"
if [ -z "$(cat secrets/twilio_auth_token)" ]; then
    echo "Write the auth token of your Twilio account into secrets/twilio_auth_token"
fi
