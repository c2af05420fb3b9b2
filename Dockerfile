# The service in a container. `docker compose up` (compose.yaml) starts it together with PostgreSQL.
FROM python:3.12-slim

RUN useradd --system --create-home --home-dir /srv/ikk ikk
WORKDIR /srv/ikk

COPY requirements.lock .
RUN pip install --no-cache-dir --require-hashes -r requirements.lock

COPY pyproject.toml README.md LICENSE alembic.ini ./
COPY app app
COPY migrations migrations
RUN pip install --no-cache-dir --no-deps --no-build-isolation -e .
# The account that serves may not write there, and would compile all of it at each start.
RUN python -m compileall -q app migrations
RUN install --directory --owner=ikk --mode=0700 state

USER ikk
ENV IKK_HOST=0.0.0.0 IKK_FOLDER=/srv/ikk/state PYTHONUNBUFFERED=1
VOLUME /srv/ikk/state
EXPOSE 8000
STOPSIGNAL SIGTERM
# By bash alone: a Python would start every ten seconds.
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/8000 && printf 'GET /health/ready HTTP/1.0\\r\\n\\r\\n' >&3 && read -rt 4 line <&3 && [[ $line == *' 200 '* ]]"]
CMD ["ikk", "serve"]
