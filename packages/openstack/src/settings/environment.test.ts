import assert from "node:assert/strict";
import { test } from "node:test";
import { fromEnvironment } from "./environment.ts";
import { isKind } from "../errors.ts";

const base = { OS_AUTH_URL: "https://k:5000/v3" };

test("[row 169] an openrc environment gives user, project, region, interface and authority", () => {
  const options = fromEnvironment(
    {
      ...base,
      OS_USERNAME: "kim",
      OS_PASSWORD: "p",
      OS_USER_DOMAIN_NAME: "Default",
      OS_PROJECT_NAME: "blue",
      OS_PROJECT_DOMAIN_ID: "default",
      OS_REGION_NAME: "R1",
      OS_INTERFACE: "internal",
      OS_CACERT: "/ca.pem",
      OS_PROJECT_ID: "",
    },
    (path) => `text of ${path}`,
  );
  assert.equal(options.region, "R1");
  assert.equal(options.interface, "internal");
  assert.equal(options.tls?.ca, "text of /ca.pem");
  assert.equal(options.tls?.insecure, false);
  const { auth } = options;
  assert.ok(auth.type === "password");
  assert.deepEqual(
    [auth.username, auth.userDomainName, auth.projectName, auth.projectDomainId, auth.projectId],
    ["kim", "Default", "blue", "default", undefined],
  );
});

test("[row 169] an openrc environment of an administrator gives a domain or the system", () => {
  const scope = (environment: Readonly<Record<string, string>>): unknown[] => {
    const { auth } = fromEnvironment({ ...base, OS_USER_ID: "u", OS_PASSWORD: "p", ...environment });
    assert.ok(auth.type === "password");
    return [auth.system, auth.domainName, auth.domainId];
  };
  assert.deepEqual(scope({ OS_SYSTEM_SCOPE: "all" }), [true, undefined, undefined]);
  assert.deepEqual(scope({ OS_DOMAIN_NAME: "Default" }), [false, "Default", undefined]);
  assert.deepEqual(scope({ OS_DOMAIN_ID: "default" }), [false, undefined, "default"]);
  assert.throws(
    () => scope({ OS_SYSTEM_SCOPE: "some" }),
    (error) => isKind(error, "config"),
  );
});

test("the way to authenticate is named, or seen from what is set", () => {
  const type = (environment: Readonly<Record<string, string>>): string =>
    fromEnvironment({ ...base, ...environment }).auth.type;
  assert.equal(type({ OS_PASSWORD: "p" }), "password");
  assert.equal(type({ OS_TOKEN: "t" }), "token");
  assert.equal(type({ OS_APPLICATION_CREDENTIAL_SECRET: "s" }), "application-credential");
  assert.equal(type({ OS_AUTH_TYPE: "v3password", OS_PASSWORD: "p", OS_TOKEN: "t" }), "password");
  assert.equal(
    type({ OS_AUTH_TYPE: "v3applicationcredential", OS_APPLICATION_CREDENTIAL_SECRET: "s" }),
    "application-credential",
  );
});

test("what is missing or wrong is named, and no value of a secret", () => {
  for (const [environment, message] of [
    [{}, /OS_AUTH_URL/],
    [{ ...base, OS_CLOUD: "mine" }, /OS_CLOUD and OS_AUTH_URL are both set/],
    [base, /OS_PASSWORD/],
    [{ ...base, OS_AUTH_TYPE: "v3kerberos" }, /OS_AUTH_TYPE=v3kerberos/],
    [{ ...base, OS_PASSWORD: "hidden", OS_INTERFACE: "sideways" }, /OS_INTERFACE/],
    [{ ...base, OS_PASSWORD: "hidden", OS_INSECURE: "maybe" }, /OS_INSECURE=maybe/],
    [{ ...base, OS_PASSWORD: "hidden", OS_CACERT: "/no/such/file" }, /OS_CACERT/],
  ] as const) {
    assert.throws(
      () => fromEnvironment(environment),
      (error) => isKind(error, "config") && message.test(error.message) && !error.message.includes("hidden"),
    );
  }
});
