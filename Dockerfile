# Two stages: compile the native modules and the agent, then a slim image without a compiler.
FROM node:20-bookworm-slim AS build
WORKDIR /build
RUN apt-get update \
    && apt-get install -y --no-install-recommends build-essential python3 libpcap-dev \
    && rm -rf /var/lib/apt/lists/*
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json ./
COPY agent ./agent
RUN node_modules/.bin/tsc -p tsconfig.json && npm prune --omit=dev

FROM node:20-bookworm-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends libpcap0.8 tcpdump libcap2-bin \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --home-dir /var/lib/sekisho --create-home --shell /usr/sbin/nologin sekisho \
    # A user who is not root gets capabilities from the file, not from the container.
    && setcap cap_net_raw,cap_net_admin+ep "$(readlink -f "$(command -v tcpdump)")"
WORKDIR /usr/lib/sekisho
COPY --from=build /build/node_modules ./node_modules
COPY --from=build /build/dist ./dist
COPY package.json ./
COPY rules ./rules
USER sekisho
# Only tcpdump holds the capability, so it is the driver.
ENV SEKISHO_CAPTURE_DRIVER=tcpdump
VOLUME /var/lib/sekisho
ENTRYPOINT ["node", "/usr/lib/sekisho/dist/main.js"]
CMD ["run", "--config", "/etc/sekisho/sekisho.yaml"]
