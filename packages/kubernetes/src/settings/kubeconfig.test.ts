import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { ConfigError } from "../errors.ts";
import { inCluster } from "./in-cluster.ts";
import { fromKubeconfig } from "./kubeconfig.ts";

function inFolder(work: (folder: string, load: (config: unknown, context?: string) => unknown) => void): void {
  const folder = mkdtempSync(join(tmpdir(), "kubernetes-kubeconfig-"));
  try {
    const path = join(folder, "config");
    work(folder, (config, context) => {
      writeFileSync(path, typeof config === "string" ? config : JSON.stringify(config));
      return fromKubeconfig(path, { context });
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function kubeconfig(cluster: object, user: object): object {
  return {
    "current-context": "one",
    contexts: [
      { name: "one", context: { cluster: "c", user: "u", namespace: "ns" } },
      { name: "two", context: { cluster: "c" } },
    ],
    clusters: [{ name: "c", cluster: { server: "https://api:6443", ...cluster } }],
    users: [{ name: "u", user }],
  };
}

const plugin = {
  apiVersion: "client.authentication.k8s.io/v1",
  command: "./login",
  args: ["--for", "kubernetes"],
  env: [{ name: "WHO", value: "me" }],
  interactiveMode: "Never",
};

test("a YAML kubeconfig is read as kubectl writes it", () => {
  inFolder((folder, load) => {
    const yaml = `
apiVersion: v1
kind: Config
current-context: admin@one # as always
preferences: {}
clusters:
- name: one
  cluster:
    server: "https://api:6443"
    certificate-authority-data: Q0E=
contexts:
- context: {cluster: one, user: admin}
  name: admin@one
users:
- name: admin
  user:
    tokenFile: tokens/admin
`;
    assert.partialDeepStrictEqual(load(yaml), {
      server: "https://api:6443",
      ca: Buffer.from("CA"),
      insecure: false,
      tokenFile: join(folder, "tokens/admin"),
    });
  });
});

test("an exec plugin is found beside the kubeconfig, and gets the cluster when it asks for it", () => {
  inFolder((folder, load) => {
    assert.partialDeepStrictEqual(load(kubeconfig({}, { exec: plugin })), {
      exec: {
        command: join(folder, "login"),
        args: ["--for", "kubernetes"],
        env: new Map([["WHO", "me"]]),
        cluster: undefined,
      },
    });
    const beta = {
      apiVersion: "client.authentication.k8s.io/v1beta1",
      command: "login",
      provideClusterInfo: true,
      installHint: "apt install login",
    };
    const extensions = [{ name: "client.authentication.k8s.io/exec", extension: { audience: "x" } }];
    assert.partialDeepStrictEqual(
      load(kubeconfig({ "certificate-authority-data": "Q0E=", extensions }, { exec: beta })),
      {
        exec: {
          command: "login",
          cluster: {
            server: "https://api:6443",
            "certificate-authority-data": "Q0E=",
            config: { audience: "x" },
          },
          installHint: "apt install login",
        },
      },
    );
    assert.partialDeepStrictEqual(load(kubeconfig({}, { exec: plugin, token: "t" })), { token: "t", exec: undefined });
  });
});

test("an error in a kubeconfig never shows the text around it", () => {
  inFolder((_folder, load) => {
    assert.throws(
      () => load('users:\n- name: a\n  user: {token: "very secret"\n- x'),
      (error) => error instanceof ConfigError && !error.message.includes("secret") && error.cause === undefined,
    );
  });
});

test("data and files, relative to the kubeconfig, become connection options", () => {
  inFolder((folder, load) => {
    writeFileSync(join(folder, "ca.pem"), "CA");
    const options = load(
      kubeconfig(
        { "certificate-authority": "ca.pem", "tls-server-name": "api" },
        { "client-certificate-data": "Q0VSVA==", "client-key-data": "S0VZ" },
      ),
    );
    assert.deepEqual(options, {
      server: "https://api:6443",
      ca: Buffer.from("CA"),
      insecure: false,
      tlsServerName: "api",
      clientCert: Buffer.from("CERT"),
      clientKey: Buffer.from("KEY"),
      token: undefined,
      tokenFile: undefined,
      exec: undefined,
      namespace: "ns",
    });
  });
});

test("the named context wins over the current one, and a token file over a token", () => {
  inFolder((folder, load) => {
    const config = kubeconfig({}, { token: "t", tokenFile: "tok" });
    assert.partialDeepStrictEqual(load(config), { token: undefined, tokenFile: join(folder, "tok") });
    assert.partialDeepStrictEqual(load(config, "two"), { tokenFile: undefined, namespace: undefined });
  });
});

test("what is missing, contradictory or not understood is an error that names it", () => {
  inFolder((_folder, load) => {
    const refused = (config: unknown, message: RegExp): void => {
      assert.throws(
        () => load(config),
        (error) => error instanceof ConfigError && message.test(error.message),
        String(message),
      );
    };
    refused(kubeconfig({ "proxy-url": "http://p" }, {}), /proxy-url/);
    refused(kubeconfig({}, { exec: { command: "x" } }), /no apiVersion/);
    refused(kubeconfig({}, { exec: [] }), /not a kubeconfig/);
    refused(kubeconfig({}, { exec: { ...plugin, apiVersion: "client.authentication.k8s.io/v2" } }), /v2 is not/);
    refused(kubeconfig({}, { exec: { ...plugin, interactiveMode: "Always" } }), /nobody is here/);
    refused(kubeconfig({}, { exec: { ...plugin, interactiveMode: undefined } }), /interactiveMode is missing/);
    refused(kubeconfig({}, { exec: { ...plugin, args: [1] } }), /argument of exec/);
    refused(kubeconfig({}, { exec: { ...plugin, env: [{ value: "x" }] } }), /no name/);
    refused(kubeconfig({}, { token: 5 }), /token is not text/);
    refused(kubeconfig({ "insecure-skip-tls-verify": "yes" }, {}), /neither true nor false/);
    refused(kubeconfig({}, { as: "root" }), /: as is/);
    refused(kubeconfig({ "certificate-authority": "missing.pem" }, {}), /missing\.pem/);
    refused(kubeconfig({ "certificate-authority-data": "Q0E=", "insecure-skip-tls-verify": true }, {}), /insecure/);
    refused(kubeconfig({ server: "" }, {}), /no server/);
    refused({ ...kubeconfig({}, {}), "current-context": "three" }, /three/);
    refused({ ...kubeconfig({}, {}), "current-context": undefined }, /current-context/);
    refused({ ...kubeconfig({}, {}), clusters: null }, /no cluster "c"/);
    refused("apiVersion: v1\n", /no current-context/);
    refused("a: [b\n", /neither YAML nor JSON at line/);
    refused("a: 1\n---\nb: 2\n", /neither YAML nor JSON/);
    refused("a: *missing", /neither YAML nor JSON/);
    refused("", /not a kubeconfig/);
    refused("[]", /not a kubeconfig/);
  });
  assert.throws(() => fromKubeconfig("/nonexistent/kubeconfig"), ConfigError);
});

test("any JSON is either understood or refused with a configuration error", () => {
  inFolder((_folder, load) => {
    const base = kubeconfig({}, {});
    const field = fc.constantFrom("current-context", "contexts", "clusters", "users");
    fc.assert(
      fc.property(field, fc.jsonValue(), (name, value) => {
        try {
          load({ ...base, [name]: value });
        } catch (error) {
          assert.ok(error instanceof ConfigError);
        }
      }),
      { numRuns: 500 },
    );
  });
});

test("in a pod the service account is found; elsewhere that is said", () => {
  inFolder((folder) => {
    writeFileSync(join(folder, "ca.crt"), "CA");
    writeFileSync(join(folder, "namespace"), "kube-system\n");
    const env = { KUBERNETES_SERVICE_HOST: "fd00::1", KUBERNETES_SERVICE_PORT: "6443" };
    assert.deepEqual(inCluster({ env, folder }), {
      server: "https://[fd00::1]:6443",
      ca: Buffer.from("CA"),
      tokenFile: join(folder, "token"),
      namespace: "kube-system",
    });
    assert.throws(() => inCluster({ env: {}, folder }), ConfigError);
  });
});
