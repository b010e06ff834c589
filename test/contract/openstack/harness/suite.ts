import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { basename } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";

import { undoOf, untilSettled } from "./cleanup.ts";
import { Expectations, type Exchange } from "./expectations.ts";
import { text, type Answer, type Json } from "./http.ts";
import { Normaliser } from "./normalise.ts";
import { ask, login, openTarget, type Caller, type FakeSettings, type Service, type Target } from "./target.ts";

/** The cloud with users of the suite's own: `kuryr` has Kuryr's roles, `member` and `reader` are in its project, `other` is not. */
export interface World {
  readonly target: Target;
  readonly admin: Caller;
  readonly kuryr: Caller;
  readonly member: Caller;
  readonly reader: Caller;
  readonly other: Caller;
  /** Names of the suite's users and projects begin with it. */
  readonly prefix: string;
  readonly password: string;
}

export interface CheckOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** Keep the order of the answered list. */
  readonly ordered?: boolean;
  /** Whose path it is, where that does not say it. */
  readonly service?: Service;
}

/** One case: what it asks with `check` must be answered as the real service did. */
export class Case {
  readonly world: World;
  readonly exchanges: Exchange[] = [];
  readonly normaliser = new Normaliser();
  readonly #undo: (() => Promise<void>)[] = [];

  constructor(world: World, names: Iterable<readonly [string, string]>) {
    this.world = world;
    for (const [value, name] of names) this.normaliser.name(value, name);
  }

  /** Asks, and holds the answer against what was recorded. */
  async check(
    as: Caller | undefined,
    method: string,
    path: string,
    body?: Json,
    options: CheckOptions = {},
  ): Promise<Answer> {
    this.normaliser.sent(body);
    this.normaliser.sent(path.split(/[?&=/]/));
    const answer = await ask(this.world.target, as, method, path, body, options.headers, options.service);
    this.#made(method, path, answer);
    const type = answer.headers["content-type"];
    const shown = this.normaliser.body(answer.body, options.ordered);
    this.exchanges.push({
      as: as?.name ?? "nobody",
      request: `${method} ${this.normaliser.text(path.length > 300 ? `${path.slice(0, 60)}...` : path)}`,
      status: answer.status,
      ...(shown === undefined ? {} : { body: shown }),
      ...(type === "application/json" || type === undefined ? {} : { type: String(type) }),
    });
    return answer;
  }

  /** Asks for what the case needs and is not about. @throws when it is refused */
  async arrange(as: Caller, method: string, path: string, body?: Json): Promise<Json | undefined> {
    this.normaliser.sent(body);
    const answer = await ask(this.world.target, as, method, path, body);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
    this.#made(method, path, answer);
    return answer.body;
  }

  /** {@link arrange} for one resource; returns its id, known as `name` from then on. */
  async make(
    as: Caller,
    path: string,
    singular: string,
    body: { readonly [key: string]: Json },
    name: string,
  ): Promise<string> {
    const made = await this.arrange(as, "POST", path, { [singular]: body });
    const id = text(made, singular, "id");
    this.normaliser.name(id, name);
    return id;
  }

  #made(method: string, path: string, answer: Answer): void {
    if (answer.status >= 300) return;
    const undo = undoOf(this.world.target, this.world.admin, method, path, answer.body);
    if (undo !== undefined) this.#undo.unshift(undo);
  }

  /** Waits until a load balancer and everything in it is done. */
  settled(id: string): Promise<void> {
    return untilSettled(this.world.target, this.world.admin, id);
  }

  /** Asks again until an answer is as wanted. @throws when that takes longer than a minute */
  async until(as: Caller, path: string, wanted: (body: Json | undefined) => boolean): Promise<void> {
    const end = performance.now() + 60_000;
    for (;;) {
      const { body } = await ask(this.world.target, as, "GET", path);
      if (wanted(body)) return;
      if (performance.now() > end) throw new Error(`${path} is still ${JSON.stringify(body)}`);
      await wait(this.world.target.kind === "fake" ? 2 : 100);
    }
  }

  onEnd(undo: () => Promise<void>): void {
    this.#undo.unshift(undo);
  }

  async end(): Promise<void> {
    for (const undo of this.#undo) await undo();
  }
}

async function makeWorld(target: Target): Promise<World> {
  const prefix = `kuryr-contract-${randomBytes(4).toString("hex")}`;
  const password = randomBytes(12).toString("hex");
  const admin = await login(target, "admin", target.admin);
  const call = async (method: string, path: string, body?: Json): Promise<Json | undefined> => {
    const answer = await ask(target, admin, method, path, body);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
    return answer.body;
  };
  const roles = await call("GET", "/v3/roles");
  const roleId = (name: string): string => {
    const found = (roles as { roles: { id: string; name: string }[] }).roles.find((one) => one.name === name);
    if (found === undefined) throw new Error(`the cloud has no role ${name}`);
    return found.id;
  };
  const project = async (name: string): Promise<string> =>
    text(
      await call("POST", "/v3/projects", { project: { name: `${prefix}-${name}`, domain_id: "default" } }),
      "project",
      "id",
    );
  const projects = { own: await project("own"), other: await project("other") };
  const user = async (name: string, projectName: "own" | "other", roleNames: readonly string[]): Promise<Caller> => {
    const username = `${prefix}-${name}`;
    const made = await call("POST", "/v3/users", { user: { name: username, domain_id: "default", password } });
    for (const role of roleNames) {
      await call(
        "PUT",
        `/v3/projects/${projects[projectName]}/users/${text(made, "user", "id")}/roles/${roleId(role)}`,
      );
    }
    return login(target, name, { username, password, projectName: `${prefix}-${projectName}` });
  };
  return {
    target,
    admin,
    kuryr: await user("kuryr", "own", ["member", "load-balancer_member", "kuryr"]),
    member: await user("member", "own", ["member", "load-balancer_member"]),
    reader: await user("reader", "own", ["reader"]),
    other: await user("other", "other", ["member", "load-balancer_member"]),
    prefix,
    password,
  };
}

const COLLECTIONS = [
  "trunks",
  "floatingips",
  "ports",
  "routers",
  "networks",
  "subnetpools",
  "address-groups",
  "security-groups",
];

/** Takes everything of the suite's projects away, what a service leaked included. */
async function endWorld(world: World): Promise<void> {
  const { target, admin } = world;
  for (const projectId of [world.kuryr.projectId, world.other.projectId]) {
    for (const collection of COLLECTIONS) {
      const listed = await ask(target, admin, "GET", `/v2.0/${collection}?project_id=${projectId}&fields=id`);
      if (listed.status !== 200) continue;
      const [list = []] = Object.values(listed.body as Readonly<Record<string, readonly { id: string }[]>>);
      for (const { id } of list) await ask(target, admin, "DELETE", `/v2.0/${collection}/${id}`);
    }
    await ask(target, admin, "DELETE", `/v2.0/quotas/${projectId}`);
  }
  for (const caller of [world.kuryr, world.member, world.reader, world.other])
    await ask(target, admin, "DELETE", `/v3/users/${caller.userId}`);
  for (const projectId of [world.kuryr.projectId, world.other.projectId])
    await ask(target, admin, "DELETE", `/v3/projects/${projectId}`);
}

/** Only what differs is shown: a case may have a hundred exchanges. @throws AssertionError */
function same(given: readonly Exchange[], expected: readonly Exchange[] | undefined): void {
  assert.ok(expected !== undefined, "nothing was recorded of this case");
  const actual = JSON.parse(JSON.stringify(given)) as readonly Exchange[];
  const length = Math.max(actual.length, expected.length);
  const differing = Array.from({ length }, (_, at) => at).filter((at) => !isDeepStrictEqual(actual[at], expected[at]));
  const show = (list: readonly Exchange[]) => Object.fromEntries(differing.map((at) => [`exchange ${at}`, list[at]]));
  assert.deepEqual(show(actual), show(expected));
}

/** Where a case cannot be decided, and why. */
export interface Limits {
  readonly notOn: Target["release"];
  readonly because: string;
}

/** What the cases of one file share. */
export interface Suite<Shared> {
  /** Declares a case; its name is a sentence about the service. */
  readonly contract: (name: string, run: (one: Case, shared: Shared) => Promise<void>, limits?: Limits) => void;
}

/**
 * Declares a file of cases.
 * @param file its `import.meta.filename`
 * @param fake how the fake is started for it
 * @param prepare makes what all of its cases need; what it makes is taken away at the end
 */
export function suite<Shared>(
  file: string,
  prepare: (setUp: Case) => Promise<Shared>,
  fake: FakeSettings = {},
): Suite<Shared> {
  let target: Target | undefined;
  let world: World | undefined;
  let shared: { readonly value: Shared; readonly setUp: Case } | undefined;
  let expectations: Expectations | undefined;
  const names: [string, string][] = [];
  const cases = new Set<string>();

  before(async () => {
    target = await openTarget(fake);
    const { urls } = target;
    const recording = target.kind === "real" && process.env["KURYR_CONTRACT_RECORD"] === "1";
    expectations = new Expectations(target.release, basename(file, ".test.ts"), recording);
    world = await makeWorld(target);
    names.push(
      [world.kuryr.projectId, "project"],
      [world.other.projectId, "other project"],
      [world.admin.projectId, "admin project"],
      ...[world.admin, world.kuryr, world.member, world.reader, world.other].map((caller): [string, string] => [
        caller.userId,
        `user ${caller.name}`,
      ]),
      [world.prefix, "prefix"],
      ...(["identity", "network", "load-balancer"] as const).map((service): [string, string] => [
        urls[service],
        `${service} url`,
      ]),
    );
    const setUp = new Case(world, names);
    const name = setUp.normaliser.name.bind(setUp.normaliser);
    setUp.normaliser.name = (value, given) => {
      names.push([value, given]);
      name(value, given);
    };
    shared = { value: await prepare(setUp), setUp };
  });

  after(async () => {
    expectations?.save(cases);
    try {
      await shared?.setUp.end();
      if (world !== undefined) await endWorld(world);
    } finally {
      await target?.close();
    }
  });

  return {
    contract(name, run, limits) {
      cases.add(name);
      test(name, async (t) => {
        assert.ok(world !== undefined && shared !== undefined && expectations !== undefined, "the suite was set up");
        if (limits?.notOn === world.target.release) {
          t.skip(`on ${limits.notOn}: ${limits.because}`);
          return;
        }
        const one = new Case(world, names);
        try {
          await run(one, shared.value);
        } catch (error) {
          console.error(
            one.exchanges.map((each) => `${each.request} -> ${each.status} ${JSON.stringify(each.body)}`).join("\n"),
          );
          throw error;
        } finally {
          await one.end();
        }
        if (expectations.recording) expectations.record(name, one.exchanges);
        else same(one.exchanges, expectations.of(name));
      });
    },
  };
}
