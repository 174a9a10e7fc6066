# One image for all processes: by default it serves the API; compose.yaml has the commands of workers, beat and flower.
# The image contains no setting and no secret.
FROM python:3.11-slim-bookworm AS libraries
RUN python -m venv /opt/libraries
COPY requirements.txt .
RUN /opt/libraries/bin/pip install --no-cache-dir --disable-pip-version-check --only-binary :all: --require-hashes \
    -r requirements.txt

FROM python:3.11-slim-bookworm
# HOST: the container listens on all addresses; the published port decides which hosts can reach it.
ENV PATH="/opt/libraries/bin:$PATH" \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HOST=0.0.0.0
RUN groupadd --gid 10001 dispatch \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin dispatch
COPY --from=libraries /opt/libraries /opt/libraries
WORKDIR /app
COPY celery_app.py gunicorn_conf.py wsgi.py ./
COPY config config
COPY dispatch dispatch
COPY workers workers
RUN python -m compileall -q .
USER 10001:10001
EXPOSE 8000
CMD ["gunicorn", "-c", "gunicorn_conf.py", "wsgi:app"]
