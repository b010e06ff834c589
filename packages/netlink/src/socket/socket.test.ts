import assert from "node:assert/strict";
import { constants } from "node:os";
import { test } from "node:test";
import { Family } from "../constants.ts";
import { LinuxNetworkError, NetlinkError, NetlinkTimeoutError, SystemCallError } from "../errors.ts";
import { expectAll, splitBatches } from "./exchange.ts";
import { systemCalls } from "./ffi.ts";
import {
  addAddress,
  addRoute,
  createLink,
  dumpAddresses,
  dumpLinks,
  getLink,
  setLink,
  setLinkUp,
} from "../messages/requests.ts";
import { lacksRoot, scratchNetns } from "../netns/scratch-netns.ts";
import { NetlinkSocket, openNetlink } from "./socket.ts";

const skip = lacksRoot();
const code = (expected: string) => (error: unknown) => error instanceof LinuxNetworkError && error.code === expected;
const bridge = (name: string) => createLink({ name, kind: { type: "bridge" } });

test("each request of a batch has its own outcome, and a refused one does not stop the next", { skip }, async () => {
  using scratch = scratchNetns();
  using socket = openNetlink({ netns: scratch.netns });
  for (const run of ["request", "requestSync"] as const) {
    const [first, again, second] = await socket[run]([bridge(`a-${run}`), bridge(`a-${run}`), bridge(`b-${run}`)]);
    assert.equal(first?.ok, true);
    assert.equal(second?.ok, true);
    assert.ok(again?.ok === false);
    assert.equal(again.error.errnoName, "EEXIST");
    assert.equal(again.error.index, 1);
    assert.match(again.error.message, /link add a-request.* type bridge: EEXIST/);
  }
  assert.deepEqual(
    scratch.ip("link").map((link) => link["ifname"]),
    ["lo", "a-request", "b-request", "a-requestSync", "b-requestSync"],
  );
});

test("an error carries the kernel's own words", { skip }, async () => {
  using scratch = scratchNetns();
  using socket = openNetlink({ netns: scratch.netns });
  const outcomes = await socket.request([
    setLinkUp({ index: 1 }),
    addRoute({ to: "10.9.0.0/16", via: "10.1.2.3", index: 1 }),
    createLink({ name: "x", kind: { type: "other", name: "nosuchkind" } }),
    setLink({ name: "missing", group: 7 }),
  ]);
  const errors = outcomes.map((outcome) => (outcome.ok ? undefined : outcome.error));
  assert.equal(errors[1]?.code, "NETLINK_ENETUNREACH");
  assert.equal(errors[1]?.kernelMessage, "Nexthop has invalid gateway");
  assert.equal(errors[2]?.code, "NETLINK_EOPNOTSUPP");
  assert.equal(errors[2]?.kernelMessage, "Unknown device type");
  // Not "success, for all none of that group".
  assert.equal(errors[3]?.code, "NETLINK_ENODEV");
  assert.throws(() => expectAll(outcomes), NetlinkError);
});

test("a dump of many parts is complete, and more requests than a send takes are split", { skip }, async () => {
  using scratch = scratchNetns();
  using socket = openNetlink({ netns: scratch.netns });
  const wanted = Array.from({ length: 1000 }, (_, at) => `10.8.${at >> 8}.${at & 255}`);
  const adds = wanted.map((address) => addAddress({ index: 1, address, prefixLength: 32 }));
  assert.equal(splitBatches(adds).length, 10);
  expectAll(await socket.request(adds));
  const dump = () => [dumpAddresses({ index: 1, family: Family.inet })];
  for (const found of [expectAll(await socket.request(dump())), expectAll(socket.requestSync(dump()))]) {
    assert.deepEqual(
      found.map(({ address }) => address),
      wanted,
    );
  }
});

test("requests on one socket run in order, each with its own answers", { skip }, async () => {
  using scratch = scratchNetns();
  using socket = openNetlink({ netns: scratch.netns });
  const names = Array.from({ length: 30 }, (_, at) => `br${at}`);
  const created = names.map((name) => socket.request([bridge(name)]));
  const found = names.map((name) => socket.request([getLink({ name })]));
  await Promise.all(created);
  for (const [at, outcome] of (await Promise.all(found)).entries()) {
    assert.equal(expectAll(outcome)[0]?.name, names[at]);
  }
  const links = expectAll(await socket.request([dumpLinks({ kind: "bridge" })]));
  assert.equal(links.length, 30);
});

test("a caller is let go when its time is over, the request is settled later, and the socket goes on", {
  skip,
}, async () => {
  using scratch = scratchNetns();
  const gate = Promise.withResolvers<void>();
  const calls = {
    ...systemCalls,
    async sendAsync(fd: number, data: Buffer) {
      await gate.promise;
      return await systemCalls.sendAsync(fd, data);
    },
  };
  using socket = openNetlink({ netns: scratch.netns, calls });
  const late: unknown[] = [];
  const settled = Promise.withResolvers<void>();
  await assert.rejects(
    socket.request([bridge("late")], {
      timeoutMs: 5,
      settled: (outcomes, abandoned) => {
        late.push(outcomes?.[0]?.ok, abandoned);
        settled.resolve();
      },
    }),
    (error) => error instanceof NetlinkTimeoutError && error.timeoutMs === 5 && /link add late/.test(error.message),
  );
  const abort = new AbortController();
  const waiting = socket.request([bridge("never")], { signal: abort.signal });
  abort.abort(new Error("changed my mind"));
  await assert.rejects(waiting, /changed my mind/);
  assert.throws(() => socket.requestSync([getLink({ index: 1 })]), code("NETLINK_BUSY"));
  gate.resolve();
  await settled.promise;
  assert.deepEqual(late, [true, true]);
  const after = await socket.request([getLink({ name: "late" }), getLink({ name: "never" })]);
  assert.deepEqual(
    after.map(({ ok }) => ok),
    [true, false],
  );
});

test("a send that finds the kernel short of memory or is interrupted is repeated", { skip }, async () => {
  using scratch = scratchNetns();
  const failures = [-constants.errno.ENOBUFS, -constants.errno.EINTR, -constants.errno.ENOBUFS, -constants.errno.EINTR];
  const calls: typeof systemCalls = {
    ...systemCalls,
    sendAsync: (fd, data) => {
      const failure = failures.length > 2 ? failures.shift() : undefined;
      return failure === undefined ? systemCalls.sendAsync(fd, data) : Promise.resolve(failure);
    },
    sendto: (fd, data, flags, address) => failures.shift() ?? systemCalls.sendto(fd, data, flags, address),
  };
  using socket = openNetlink({ netns: scratch.netns, calls });
  expectAll(await socket.request([bridge("a")]));
  assert.equal(failures.length, 2);
  expectAll(socket.requestSync([bridge("b")]));
  assert.equal(failures.length, 0);
});

test("what the kernel refuses on a thread of the pool comes with its own error number", async () => {
  const socket = new NetlinkSocket(1_000_000);
  await assert.rejects(
    socket.request([getLink({ index: 1 })]),
    (error) => error instanceof SystemCallError && error.errnoName === "EBADF",
  );
  assert.throws(() => socket.requestSync([getLink({ index: 1 })]), SystemCallError);
});

test("a closed socket refuses, and an aborted signal is not sent for", async () => {
  const socket = openNetlink();
  let settled = 0;
  await assert.rejects(
    socket.request([getLink({ index: 1 })], {
      signal: AbortSignal.abort(new Error("early")),
      settled: () => {
        settled += 1;
      },
    }),
    /early/,
  );
  assert.equal(settled, 1);
  const [outcome] = socket.requestSync([getLink({ index: 1 })]);
  assert.equal(outcome?.ok === true ? outcome.answers[0]?.name : undefined, "lo");
  socket.close();
  socket.close();
  await assert.rejects(socket.request([getLink({ index: 1 })]), code("NETLINK_CLOSED"));
  assert.throws(() => socket.requestSync([getLink({ index: 1 })]), code("NETLINK_CLOSED"));
});
