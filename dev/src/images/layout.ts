import { createHash } from "node:crypto";

import { type TarContent, type TarEntry } from "./tar.ts";

/** How a container of the image starts. Field by field what the image specification calls the same. */
export interface ImageConfig {
  readonly entrypoint?: readonly string[];
  readonly cmd?: readonly string[];
  /** `NAME=value` */
  readonly env?: readonly string[];
  /** `uid`, `uid:gid` or a name of the image's /etc/passwd. Root when absent. */
  readonly user?: string;
  readonly workingDir?: string;
  /** `8080/tcp` */
  readonly exposedPorts?: readonly string[];
}

/** The digest, size and content of a layer: an uncompressed tar. */
export interface Layer {
  readonly digest: string;
  readonly size: number;
  readonly content: TarContent;
}

export interface ImageLayout {
  /** Of the manifest: what a node shows for the image. */
  readonly digest: string;
  /** The archive's members; the index comes first, so that it is found without reading the layer. */
  readonly entries: readonly TarEntry[];
}

/** `sha256:<hex>` of some bytes. */
export function sha256(bytes: Uint8Array): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

/**
 * The full name of an image, as container runtimes store it: `kuryr/demo:1` is `docker.io/kuryr/demo:1`.
 * A first part with a dot or colon, or `localhost`, is a registry already.
 */
export function fullName(ref: string): string {
  const [first = "", ...rest] = ref.split("/");
  if (rest.length === 0) return `docker.io/library/${ref}`;
  return /[.:]/.test(first) || first === "localhost" ? ref : `docker.io/${ref}`;
}

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

/**
 * An OCI image layout of one image, its lowest layer first. Layers stay uncompressed: they never travel, and a node
 * imports them sooner. Source: OCI Image Format Specification 1.1, image-layout, manifest, config, image index.
 * @param architecture Go's name: `amd64`, `arm64`
 */
export function imageLayout(
  ref: string,
  config: ImageConfig,
  layers: readonly Layer[],
  architecture: string,
): ImageLayout {
  const name = fullName(ref);
  const configBytes = json({
    created: "1970-01-01T00:00:00Z",
    architecture,
    os: "linux",
    config: {
      ...(config.user === undefined ? {} : { User: config.user }),
      ...(config.exposedPorts === undefined
        ? {}
        : { ExposedPorts: Object.fromEntries(config.exposedPorts.map((port) => [port, {}])) }),
      ...(config.env === undefined ? {} : { Env: config.env }),
      ...(config.entrypoint === undefined ? {} : { Entrypoint: config.entrypoint }),
      ...(config.cmd === undefined ? {} : { Cmd: config.cmd }),
      ...(config.workingDir === undefined ? {} : { WorkingDir: config.workingDir }),
    },
    rootfs: { type: "layers", diff_ids: layers.map(({ digest }) => digest) },
  });
  const manifest = json({
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    config: {
      mediaType: "application/vnd.oci.image.config.v1+json",
      digest: sha256(configBytes),
      size: configBytes.length,
    },
    layers: layers.map(({ digest, size }) => ({ mediaType: "application/vnd.oci.image.layer.v1.tar", digest, size })),
  });
  const index = json({
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.index.v1+json",
    manifests: [
      {
        mediaType: "application/vnd.oci.image.manifest.v1+json",
        digest: sha256(manifest),
        size: manifest.length,
        platform: { architecture, os: "linux" },
        annotations: {
          "io.containerd.image.name": name,
          "org.opencontainers.image.ref.name": name.slice(name.lastIndexOf(":") + 1),
        },
      },
    ],
  });
  const file = (path: string, content: TarContent): TarEntry => ({ type: "file", path, mode: 0o644, content });
  const blob = (digest: string, content: TarContent): TarEntry => file(`blobs/${digest.replace(":", "/")}`, content);
  return {
    digest: sha256(manifest),
    entries: [
      file("index.json", index),
      file("oci-layout", json({ imageLayoutVersion: "1.0.0" })),
      { type: "directory", path: "blobs", mode: 0o755 },
      { type: "directory", path: "blobs/sha256", mode: 0o755 },
      blob(sha256(manifest), manifest),
      blob(sha256(configBytes), configBytes),
      ...layers.map(({ digest, content }) => blob(digest, content)),
    ],
  };
}
