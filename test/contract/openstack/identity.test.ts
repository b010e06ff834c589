import { text } from "./harness/http.ts";
import { suite } from "./harness/suite.ts";
import { passwordAuth } from "./harness/target.ts";

const { contract } = suite(import.meta.filename, async () => undefined);
const NOBODY = "00000000000000000000000000000000";
const TOKENS = "/v3/auth/tokens";

contract("the version of the API is told to everybody", async (c) => {
  await c.check(undefined, "GET", "/v3");
});

contract("a password with a project gets a token with roles and catalogue", async (c) => {
  const { prefix, password } = c.world;
  await c.check(undefined, "POST", TOKENS, passwordAuth(`${prefix}-kuryr`, password, `${prefix}-own`));
});

contract("a password without a scope gets a token without a catalogue", async (c) => {
  await c.check(undefined, "POST", TOKENS, passwordAuth(`${c.world.prefix}-kuryr`, c.world.password));
});

contract("a wrong password is refused", async (c) => {
  await c.check(undefined, "POST", TOKENS, passwordAuth(`${c.world.prefix}-kuryr`, "wrong", `${c.world.prefix}-own`));
});

contract("an unknown user is refused in the same words", async (c) => {
  await c.check(undefined, "POST", TOKENS, passwordAuth("nobody-of-that-name", "wrong", "admin"));
});

contract("a project in which the user has no role is refused", async (c) => {
  const { prefix, password } = c.world;
  await c.check(undefined, "POST", TOKENS, passwordAuth(`${prefix}-kuryr`, password, `${prefix}-other`));
});

contract("an unknown project is refused", async (c) => {
  await c.check(
    undefined,
    "POST",
    TOKENS,
    passwordAuth(`${c.world.prefix}-kuryr`, c.world.password, "no-such-project"),
  );
});

contract("an authentication without methods is invalid", async (c) => {
  await c.check(undefined, "POST", TOKENS, { auth: { identity: {} } });
  await c.check(undefined, "POST", TOKENS, { auth: {} });
  await c.check(undefined, "POST", TOKENS, {});
});

contract("a body that is no JSON is invalid", async (c) => {
  await c.check(undefined, "POST", TOKENS, "{");
});

contract("an unknown method of authentication is refused", async (c) => {
  await c.check(undefined, "POST", TOKENS, { auth: { identity: { methods: ["riddle"], riddle: {} } } });
});

contract("a token is validated by its holder", async (c) => {
  const { kuryr } = c.world;
  await c.check(kuryr, "GET", TOKENS, undefined, { headers: { "X-Subject-Token": kuryr.token } });
  await c.check(kuryr, "GET", `${TOKENS}?nocatalog`, undefined, { headers: { "X-Subject-Token": kuryr.token } });
});

contract("an unknown subject token is not found", async (c) => {
  await c.check(c.world.kuryr, "GET", TOKENS, undefined, { headers: { "X-Subject-Token": "nonsense" } });
});

contract("a request without a subject token is refused", async (c) => {
  await c.check(c.world.kuryr, "GET", TOKENS);
});

contract("a token gets another token", async (c) => {
  const identity = { methods: ["token"], token: { id: c.world.kuryr.token } };
  await c.check(undefined, "POST", TOKENS, { auth: { identity } });
});

contract("a bad token gets no other token", async (c) => {
  const identity = { methods: ["token"], token: { id: "nonsense" } };
  await c.check(undefined, "POST", TOKENS, { auth: { identity } });
});

contract("an application credential authenticates with its own project and roles", async (c) => {
  const { kuryr } = c.world;
  const path = `/v3/users/${kuryr.userId}/application_credentials`;
  // Its answer shows roles with links or without: that depends on what the same process was asked before.
  const made = await c.arrange(kuryr, "POST", path, {
    application_credential: { name: "contract", secret: "s3cret-of-the-contract" },
  });
  const id = text(made, "application_credential", "id");
  c.normaliser.name(id, "application credential");
  const identity = (secret: string) => ({
    methods: ["application_credential"],
    application_credential: { id, secret },
  });
  await c.check(undefined, "POST", TOKENS, { auth: { identity: identity("s3cret-of-the-contract") } });
  await c.check(undefined, "POST", TOKENS, { auth: { identity: identity("wrong") } });
  await c.check(kuryr, "POST", path, { application_credential: { name: "contract", secret: "again" } });
  await c.check(kuryr, "DELETE", `${path}/${id}`);
});

contract("an unknown application credential is refused", async (c) => {
  const identity = { methods: ["application_credential"], application_credential: { id: NOBODY, secret: "x" } };
  await c.check(undefined, "POST", TOKENS, { auth: { identity } });
});

contract("a revoked token is refused everywhere", async (c) => {
  const { prefix, password, kuryr } = c.world;
  const made = await c.check(undefined, "POST", TOKENS, passwordAuth(`${prefix}-kuryr`, password, `${prefix}-own`));
  const token = String(made.headers["x-subject-token"]);
  await c.check(kuryr, "DELETE", TOKENS, undefined, { headers: { "X-Subject-Token": token } });
  await c.check({ ...kuryr, token }, "GET", TOKENS, undefined, { headers: { "X-Subject-Token": token } });
  await c.check(kuryr, "GET", TOKENS, undefined, { headers: { "X-Subject-Token": token } });
});

contract("a request without a token is refused, by each service in its own form", async (c) => {
  await c.check(undefined, "GET", "/v3/users");
  await c.check(undefined, "GET", "/v2.0/ports");
  await c.check(undefined, "GET", "/v2/lbaas/loadbalancers");
});

contract("a bad token is refused, by each service in its own form", async (c) => {
  const liar = { ...c.world.kuryr, name: "liar", token: "nonsense" };
  await c.check(liar, "GET", "/v3/users");
  await c.check(liar, "GET", "/v2.0/ports");
  await c.check(liar, "POST", "/v2.0/ports", { port: {} });
  await c.check(liar, "GET", "/v2/lbaas/loadbalancers");
});

contract("an unscoped token is forbidden to make anything", async (c) => {
  const made = await c.check(undefined, "POST", TOKENS, passwordAuth(`${c.world.prefix}-kuryr`, c.world.password));
  const unscoped = { ...c.world.kuryr, name: "unscoped", token: String(made.headers["x-subject-token"]) };
  await c.check(unscoped, "GET", "/v2.0/ports");
  await c.check(unscoped, "POST", "/v2.0/networks", { network: {} });
});

contract("users and projects are the administrator's", async (c) => {
  await c.check(c.world.kuryr, "GET", "/v3/users");
  await c.check(c.world.kuryr, "POST", "/v3/projects", { project: { name: "x" } });
  await c.check(c.world.kuryr, "POST", "/v3/users", { user: { name: "x" } });
});

contract("the administrator makes, shows and deletes projects", async (c) => {
  const { admin, prefix } = c.world;
  const made = await c.check(admin, "POST", "/v3/projects", {
    project: { name: `${prefix}-more`, domain_id: "default" },
  });
  const { id } = (made.body as { project: { id: string } }).project;
  await c.check(admin, "GET", `/v3/projects/${id}`);
  await c.check(admin, "GET", `/v3/projects?name=${prefix}-more`);
  await c.check(admin, "POST", "/v3/projects", { project: { name: `${prefix}-more`, domain_id: "default" } });
  await c.check(admin, "POST", "/v3/projects", { project: {} });
  // What was deleted may still be shown for a while: each process of Keystone has a cache of its own.
  await c.check(admin, "DELETE", `/v3/projects/${id}`);
  await c.check(admin, "DELETE", `/v3/projects/${NOBODY}`);
  await c.check(admin, "GET", `/v3/projects/${NOBODY}`);
});

contract("the administrator makes, shows and deletes users", async (c) => {
  const { admin, prefix } = c.world;
  const user = { name: `${prefix}-more`, domain_id: "default", password: "x" };
  const made = await c.check(admin, "POST", "/v3/users", { user });
  const { id } = (made.body as { user: { id: string } }).user;
  await c.check(admin, "GET", `/v3/users?name=${prefix}-more`);
  await c.check(admin, "POST", "/v3/users", { user });
  await c.check(admin, "PUT", `/v3/projects/${c.world.kuryr.projectId}/users/${id}/roles/${NOBODY}`);
  await c.check(admin, "DELETE", `/v3/users/${id}`);
  await c.check(admin, "DELETE", `/v3/users/${NOBODY}`);
  await c.check(admin, "GET", `/v3/users/${NOBODY}`);
});

contract("Keystone tells its versions, and what it has not", async (c) => {
  await c.check(undefined, "GET", "/v3");
  await c.check(undefined, "GET", "/v3/");
  await c.check(c.world.admin, "GET", "/v3/nonsense");
});

contract("Neutron tells its versions, and what it has not", async (c) => {
  await c.check(c.world.kuryr, "GET", "/v2.0/");
  await c.check(c.world.kuryr, "GET", "/v2.0/nonsense");
  await c.check(undefined, "GET", "/v2.0/nonsense");
});

contract("Octavia tells what it has not", async (c) => {
  await c.check(c.world.kuryr, "GET", "/v2/nonsense");
  await c.check(c.world.kuryr, "GET", "/v2/lbaas/nonsense");
});
