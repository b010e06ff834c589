import { StackError } from "../errors.ts";

/** Every program that comes from here. */
export type BinaryName =
  | "etcd"
  | "kube-apiserver"
  | "kube-controller-manager"
  | "kube-scheduler"
  | "kubelet"
  | "kubectl"
  | "containerd"
  | "containerd-shim-runc-v2"
  | "ctr"
  | "coredns";

export interface BinarySpec {
  readonly name: BinaryName;
  /** The Go package that `go build` is given. */
  readonly package: string;
  /** What makes it print its version. */
  readonly versionArguments: readonly string[];
  /** Its path inside the release archive, or the name of the file that is the release itself. */
  readonly member: string;
}

/** Where a release is downloaded from: one archive for all its programs, or one file each. */
export type Download =
  | { readonly kind: "archive"; readonly site: DownloadSite; readonly path: string; readonly checksums: string }
  | {
      readonly kind: "files";
      readonly site: DownloadSite;
      readonly directory: string;
      readonly checksumSuffix: string;
    };

export type DownloadSite = "kubernetes" | "github";

/** One version of one component: how it is built, downloaded, and told apart. */
export interface Release {
  readonly component: "containerd" | "etcd" | "kubernetes" | "coredns";
  readonly version: string;
  /** Directory under `dev/go` that holds its go.mod; a version without one there cannot be built. */
  readonly module: string;
  readonly tags: readonly string[];
  /** `-X` stamps, `package.variable=value`. */
  readonly stamps: readonly string[];
  readonly binaries: readonly BinarySpec[];
  readonly download: Download;
}

/** The containerd 2.x and the CoreDNS that the stack runs. */
export const containerdVersion = "2.4.2";
export const corednsVersion = "1.15.0";

/** The etcd that each Kubernetes minor's own go.mod names. */
const etcdOf = new Map([
  ["1.34", "3.6.4"],
  ["1.35", "3.6.5"],
  ["1.36", "3.6.8"],
  ["1.37", "3.7.0"],
]);

/** When the versions that are built here were tagged: the build date, so that building again gives the same bytes. */
const taggedAt = new Map([
  ["1.34.4", "2026-02-10T12:53:36Z"],
  ["1.37.2", "2026-10-27T12:01:04Z"],
]);

function kubernetes(version: string, arch: string): Release[] {
  const [major = "", minor = ""] = version.split(".");
  const etcd = etcdOf.get(`${major}.${minor}`);
  if (etcd === undefined || !/^\d+\.\d+\.\d+$/.test(version)) {
    throw new StackError(
      "KURYR_DEV_KUBERNETES_VERSION",
      `Kubernetes ${version} is not among what the stack knows`,
      `Choose a full version (major.minor.patch) of ${[...etcdOf.keys()].join(", ")}; ${[...taggedAt.keys()].join(" and ")} can be built here.`,
    );
  }
  const stamps = ["k8s.io/component-base/version", "k8s.io/client-go/pkg/version"].flatMap((at) => [
    `${at}.gitVersion=v${version}`,
    `${at}.gitMajor=${major}`,
    `${at}.gitMinor=${minor}`,
    // A module does not tell its commit; an empty one is better than the unexpanded template of the sources.
    `${at}.gitCommit=`,
    `${at}.gitTreeState=clean`,
    `${at}.buildDate=${taggedAt.get(version) ?? "1970-01-01T00:00:00Z"}`,
  ]);
  const server = (name: BinaryName, versionArguments: readonly string[] = ["--version"]): BinarySpec => ({
    name,
    package: `k8s.io/kubernetes/cmd/${name}`,
    versionArguments,
    member: name,
  });
  const etcdArchive = `etcd-v${etcd}-linux-${arch}`;
  const etcdRelease = `etcd-io/etcd/releases/download/v${etcd}`;
  return [
    {
      component: "etcd",
      version: etcd,
      module: `kubernetes-${version}`,
      tags: [],
      stamps: [],
      binaries: [
        {
          name: "etcd",
          package: "go.etcd.io/etcd/server/v3",
          versionArguments: ["--version"],
          member: `${etcdArchive}/etcd`,
        },
      ],
      download: {
        kind: "archive",
        site: "github",
        path: `${etcdRelease}/${etcdArchive}.tar.gz`,
        checksums: `${etcdRelease}/SHA256SUMS`,
      },
    },
    {
      component: "kubernetes",
      version,
      module: `kubernetes-${version}`,
      tags: [],
      stamps,
      binaries: [
        server("kube-apiserver"),
        server("kube-controller-manager"),
        server("kube-scheduler"),
        server("kubelet"),
        server("kubectl", ["version", "--client"]),
      ],
      download: {
        kind: "files",
        site: "kubernetes",
        directory: `release/v${version}/bin/linux/${arch}`,
        checksumSuffix: ".sha256",
      },
    },
  ];
}

function containerd(arch: string): Release {
  const version = containerdVersion;
  const root = "github.com/containerd/containerd/v2";
  const program = (name: BinaryName, versionArgument: string): BinarySpec => ({
    name,
    package: `${root}/cmd/${name}`,
    versionArguments: [versionArgument],
    member: `bin/${name}`,
  });
  const archive = `containerd/containerd/releases/download/v${version}/containerd-static-${version}-linux-${arch}.tar.gz`;
  return {
    component: "containerd",
    version,
    module: `containerd-${version}`,
    tags: ["no_btrfs", "no_devmapper", "no_zfs", "no_aufs", "osusergo", "netgo", "static_build"],
    stamps: [`${root}/version.Version=v${version}`, `${root}/version.Package=${root}`],
    binaries: [
      program("containerd", "--version"),
      program("ctr", "--version"),
      program("containerd-shim-runc-v2", "-v"),
    ],
    download: { kind: "archive", site: "github", path: archive, checksums: `${archive}.sha256sum` },
  };
}

/** The release of CoreDNS alone, as `releasesFor` gives it. */
export function corednsRelease(arch: string): Release {
  const version = corednsVersion;
  const archive = `coredns/coredns/releases/download/v${version}/coredns_${version}_linux_${arch}.tgz`;
  return {
    component: "coredns",
    version,
    module: `coredns-${version}`,
    tags: [],
    stamps: [],
    binaries: [{ name: "coredns", package: ".", versionArguments: ["-version"], member: "coredns" }],
    download: { kind: "archive", site: "github", path: archive, checksums: `${archive}.sha256` },
  };
}

/** What a stack wants. containerd `1.6` is Debian's own and appears in no release here. */
export interface Want {
  /** `1.37.2` */
  readonly kubernetes: string;
  readonly containerd: "2" | "1.6";
  readonly coredns: boolean;
}

/**
 * The releases that `want` names, in the order in which they are useful: nodes can start on containerd first.
 * @param arch Go's name of the processor: `amd64`, `arm64`
 * @throws StackError KURYR_DEV_KUBERNETES_VERSION
 */
export function releasesFor(want: Want, arch: string): Release[] {
  return [
    ...(want.containerd === "2" ? [containerd(arch)] : []),
    ...kubernetes(want.kubernetes, arch),
    ...(want.coredns ? [corednsRelease(arch)] : []),
  ];
}
