# The gateway in a container. It runs the TypeScript as it is: Node strips the types, and only the page is built.

FROM node:24-bookworm-slim AS build
WORKDIR /app
# Dependencies first, so that a change of the source leaves this layer alone. Install scripts stay off: the one native
# library brings its binary along, and this image is its own Node.
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY . .
RUN node node_modules/vite/bin/vite.js build gateway/dashboard \
  && npm prune --omit=dev --ignore-scripts

FROM node:24-bookworm-slim AS runtime
ENV NODE_ENV=production \
    JACKDAW_CONFIG=/app/jackdaw.yaml
WORKDIR /app
# Numbers of its own, so that files on a volume keep their owner from image to image.
RUN groupadd --gid 10001 jackdaw \
  && useradd --uid 10001 --gid jackdaw --no-create-home --home-dir /data --shell /usr/sbin/nologin jackdaw \
  && install --directory --owner jackdaw --group jackdaw --mode 0700 /data
COPY --from=build /app/node_modules ./node_modules
COPY package.json LICENSE ./
COPY core ./core
COPY channels ./channels
COPY storage ./storage
COPY config ./config
COPY gateway ./gateway
COPY --from=build /app/gateway/dashboard/dist ./gateway/dashboard/dist
COPY deploy/jackdaw.container.yaml ./jackdaw.yaml
USER jackdaw
VOLUME /data
EXPOSE 7700
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:7700/healthz').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# No init is needed in front: the gateway ends in good order on SIGTERM and waits for the processes it starts.
ENTRYPOINT ["node", "--max-semi-space-size=4", "--liftoff-only", "gateway/main.mjs"]
CMD ["start"]
