# Two stages: compile the native modules and the agent, then a slim image without a compiler.
#
# Run it with a read-only root and nothing but the capability to read packets:
#   docker run --network host --read-only --cap-drop ALL --cap-add NET_RAW \
#     -v sekisho:/var/lib/sekisho -v /etc/sekisho:/etc/sekisho:ro sekisho
# (not with --security-opt no-new-privileges: the capability comes from a file)
#
# scripts/container runs every step of this file in scratch folders, and the image's agent under these restrictions.
FROM node:24-bookworm-slim AS build
WORKDIR /build
# Versions are Debian's of the day: a pinned one would be gone with the next security update.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends build-essential python3 libpcap-dev \
    && rm -rf /var/lib/apt/lists/*
COPY package.json package-lock.json .npmrc ./
# The image has Node's headers: no need to fetch them.
RUN npm_config_nodedir=/usr/local npm ci
COPY tsconfig.json ./
COPY agent ./agent
COPY scripts ./scripts
RUN npm run build && node dist/scripts/packaging/runtime-modules.js . shipped && rm -rf dist/scripts

FROM node:24-bookworm-slim
# A container's capabilities are root's: another user has none of them, and no means to get them, but by a file that holds
# them. So a copy of setpriv holds CAP_NET_RAW for the group sekisho alone, and hands it on as an ambient one to the agent, which
# hands it on to tcpdump where that captures.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends libpcap0.8 tcpdump libcap2-bin \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --user-group --home-dir /var/lib/sekisho --create-home --shell /usr/sbin/nologin sekisho \
    && install -D -o root -g sekisho -m 0750 /usr/bin/setpriv /usr/local/lib/sekisho/with-capability \
    && setcap cap_net_raw=p /usr/local/lib/sekisho/with-capability
WORKDIR /usr/lib/sekisho
COPY --from=build /build/shipped/node_modules ./node_modules
COPY --from=build /build/dist ./dist
COPY package.json ./
COPY rules ./rules
# As in systemd/sekisho.service.
ENV MALLOC_ARENA_MAX=2 MALLOC_MMAP_THRESHOLD_=131072
USER sekisho
VOLUME /var/lib/sekisho
# 3 is degraded: the agent says so itself, and a restart would not mend it.
HEALTHCHECK --interval=60s --timeout=10s --start-period=180s \
    CMD node dist/main.js status --check --config /etc/sekisho/sekisho.yaml || [ $? -eq 3 ]
ENTRYPOINT ["/usr/local/lib/sekisho/with-capability", "--inh-caps", "+net_raw", "--ambient-caps", "+net_raw", "--", "node", "--max-semi-space-size=4", "--heap-growing-percent=25", "--initial-old-space-size=16", "/usr/lib/sekisho/dist/main.js"]
CMD ["run", "--config", "/etc/sekisho/sekisho.yaml"]
