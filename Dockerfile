# Two stages: compile the native modules and the agent, then a slim image without a compiler.
#
# Run it with a read-only root and nothing but the capability to read packets:
#   docker run --network host --read-only --cap-drop ALL --cap-add NET_RAW \
#     -v sekisho:/var/lib/sekisho -v /etc/sekisho:/etc/sekisho:ro sekisho
# (not with --security-opt no-new-privileges: tcpdump gets its capability from its file)
FROM node:20-bookworm-slim AS build
WORKDIR /build
# Versions are Debian's of the day: a pinned one would be gone with the next security update.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends build-essential python3 libpcap-dev \
    && rm -rf /var/lib/apt/lists/*
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json ./
COPY agent ./agent
RUN node_modules/.bin/tsc -p tsconfig.json && npm prune --omit=dev

FROM node:20-bookworm-slim
# A user who is not root gets a capability from the file he executes, not from the container.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends libpcap0.8 tcpdump libcap2-bin \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --user-group --home-dir /var/lib/sekisho --create-home --shell /usr/sbin/nologin sekisho \
    && setcap cap_net_raw+ep "$(readlink -f "$(command -v tcpdump)")"
WORKDIR /usr/lib/sekisho
COPY --from=build /build/node_modules ./node_modules
COPY --from=build /build/dist ./dist
COPY package.json ./
COPY rules ./rules
USER sekisho
# Only tcpdump holds the capability, so it is the driver.
ENV SEKISHO_CAPTURE_DRIVER=tcpdump
VOLUME /var/lib/sekisho
# 3 is degraded: the agent says so itself, and a restart would not mend it.
HEALTHCHECK --interval=60s --timeout=10s --start-period=180s \
    CMD node dist/main.js status --check --config /etc/sekisho/sekisho.yaml || [ $? -eq 3 ]
ENTRYPOINT ["node", "/usr/lib/sekisho/dist/main.js"]
CMD ["run", "--config", "/etc/sekisho/sekisho.yaml"]
