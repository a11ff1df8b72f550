# One image for the server's deployments, the workers and the sandbox. Nothing in it runs as root.
FROM python:3.12-slim AS build
WORKDIR /app
COPY pyproject.toml constraints.txt README.md ./
COPY live_activity live_activity
RUN python -m venv /venv \
    && /venv/bin/pip install --no-cache-dir --constraint constraints.txt '.[servers]'

FROM python:3.12-slim
RUN useradd --create-home --uid 10001 live && install -d -o live -g live /app /inputs /storage
COPY --from=build /venv /venv
COPY --chown=live:live deployments /app/deployments
COPY --chown=live:live examples /app/examples
COPY --chown=live:live flows /app/flows
COPY --chown=live:live tasks /app/tasks
COPY --chown=live:live live_activity /app/live_activity
# Flows, tasks and deployments are not in the wheel: a worker's processes import them from /app, wherever they start.
ENV PATH=/venv/bin:$PATH \
    PYTHONPATH=/app \
    PYTHONUNBUFFERED=1 \
    DO_NOT_TRACK=1 \
    PREFECT_SERVER_ANALYTICS_ENABLED=false \
    LIVE_ACTIVITY_INPUTS=/inputs \
    LIVE_ACTIVITY_STORAGE=/storage
USER live
WORKDIR /app
# A worker is healthy while its health server answers; compose.yaml replaces this check for the other services.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8080/health', timeout=4)"]
# A campaign that gets this signal ends its activities on the phones first.
STOPSIGNAL SIGTERM
CMD ["python", "-m", "deployments.worker", "--with-healthcheck"]
