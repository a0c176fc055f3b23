FROM python:3.12-slim

ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONPATH=/app \
    PORTAIL_DATA_DIR=/var/lib/portail

WORKDIR /app
COPY requirements.lock ./
RUN pip install --no-cache-dir --disable-pip-version-check --require-hashes --no-deps -r requirements.lock

COPY aggregates ./aggregates
COPY commands ./commands
COPY portal ./portal
COPY processors ./processors
COPY projections ./projections
COPY read_api ./read_api
COPY schema ./schema
COPY service ./service

# A new named volume takes the owner of the folder it covers.
RUN useradd --system --uid 10001 portail \
    && install -d -o portail -g portail -m 0700 /var/lib/portail /var/lib/portail/notary
USER portail

EXPOSE 8000
ENTRYPOINT ["python", "-m", "service"]
CMD ["serve"]
