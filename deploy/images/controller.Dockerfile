# The image of the controller, as the repository's own packer makes it for its cluster. From the root of the repository:
#     docker build -f deploy/images/controller.Dockerfile -t kuryr/controller:0.1.0 .
FROM debian:12-slim AS build
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates curl gcc libatomic1 musl-tools npm
WORKDIR /src
COPY . .
RUN sh tools/bootstrap.sh \
 && node_modules/.bin/node -C kuryr-source deploy/images/assemble.ts controller /image

FROM scratch
COPY --from=build /image/ /
ENV PATH="/usr/bin" \
    NODE_COMPILE_CACHE="/opt/kuryr/compile-cache" \
    NODE_COMPILE_CACHE_PORTABLE="1" \
    MALLOC_ARENA_MAX="2"
USER 65532:65532
WORKDIR /
ENTRYPOINT ["/usr/bin/node", "--max-semi-space-size=1", "--optimize-for-size", "-C", "kuryr-source", "/opt/kuryr/packages/kuryr/src/controller/main.ts"]
