/** The story of docs/guides/app-builders.md, told with openapi-fetch and the types that openapi-typescript writes. */

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import createClient, { type Client } from "openapi-fetch";
import type { components, paths } from "./schema.js";

type SubmissionIn = components["schemas"]["SubmissionIn"];
type TokenOut = components["schemas"]["TokenOut"];

const given = (name: string): string => process.env[name] ?? assert.fail(`${name} is not set`);
const baseUrl = given("ADDRESS");
const form = { headers: { "Content-Type": "application/x-www-form-urlencoded" } };
const username = given("USERNAME");
const password = "kopi susu di teras";

const withToken = (token: string): Client<paths> =>
  createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${token}` } });

/** Sets a password with the one-time code, signs in and refreshes. */
async function signIn(anybody: Client<paths>): Promise<TokenOut> {
  const first = { username, code: given("CODE") };
  const weak = await anybody.POST("/v1/token/password", { ...form, body: { ...first, new_password: "kopi" } });
  assert.equal(weak.error?.status, 422);
  const set = await anybody.POST("/v1/token/password", { ...form, body: { ...first, new_password: password } });
  assert.equal(set.response.status, 204);
  const wrong = { grant_type: "password", username, password: "teh manis di teras" } as const;
  assert.equal((await anybody.POST("/v1/token", { ...form, body: wrong })).error?.error, "invalid_grant");
  const right = { grant_type: "password", username, password } as const;
  const token = (await anybody.POST("/v1/token", { ...form, body: right })).data;
  assert(token?.refresh_token);
  const again = { grant_type: "refresh_token", refresh_token: token.refresh_token } as const;
  const next = (await anybody.POST("/v1/token", { ...form, body: again })).data;
  assert(next);
  assert.notEqual(next.access_token, token.access_token);
  return next;
}

/** Fetches what an app keeps on the device. */
async function lookUp(kader: Client<paths>, { instrument, version, region }: SubmissionIn): Promise<void> {
  const caller = (await kader.GET("/v1/me")).data;
  assert.deepEqual(caller?.scopes["submissions:write"], ["6372061004"]);
  const instruments = (await kader.GET("/v1/instruments")).data;
  assert(instruments?.items.some((each) => each.code === instrument && each.version === version));
  const path = { code: instrument, version };
  assert((await kader.GET("/v1/instruments/{code}/{version}", { params: { path } })).data?.content["question"]);
  assert((await kader.GET("/v1/instruments/{code}/{version}/schema", { params: { path } })).data?.["properties"]);
  const found = (await kader.GET("/v1/regions/{code}", { params: { path: { code: region } } })).data;
  const parent = found?.parent ?? assert.fail("the village has a district");
  const villages = (await kader.GET("/v1/regions", { params: { query: { parent, limit: 3 } } })).data;
  assert.equal(villages?.items.length, 3);
  assert(villages.next);
}

/** Scores, sends, sends again, sends with other content and with faults, and reads the receipt. */
async function send(kader: Client<paths>, interview: SubmissionIn): Promise<void> {
  const { instrument, version, answers } = interview;
  const score = (await kader.POST("/v1/scores", { body: { instrument, version, answers } })).data;
  assert(score);
  const params = { path: { id: randomUUID() } };
  const put = async (body: SubmissionIn) => {
    const { data, error, response } = await kader.PUT("/v1/submissions/{id}", { params, body });
    // Only a request with `keep=faulty` gets something that is held.
    return { taken: data && "receipt" in data ? data : undefined, error, response };
  };
  const stored = await put(interview);
  assert.equal(stored.response.status, 201);
  assert.equal(stored.taken?.score.index, score.index);
  const resent = await put(interview);
  assert.equal(resent.response.status, 200);
  assert.deepEqual(resent.taken?.receipt, stored.taken?.receipt);
  const conflict = await put({ ...interview, family: { ...interview.family, members: 2 } });
  assert.equal(conflict.error?.status, 409);
  assert.deepEqual(conflict.error.stored, stored.taken?.receipt);
  const faulty = await kader.PUT("/v1/submissions/{id}", {
    params: { path: { id: randomUUID() } },
    body: { ...interview, answers: { ...answers, members: "many" } },
  });
  assert(faulty.error?.faults?.some((each) => each.pointer === "/answers/members"));
  assert.equal((await kader.GET("/v1/submissions/{id}", { params })).data?.counts, true);
  const mine = (await kader.GET("/v1/submissions", { params: { query: { year: 2025, counts: true } } })).data;
  assert.deepEqual(mine?.items.map((each) => each.id), [params.path.id]);
}

async function play(): Promise<void> {
  const anybody = createClient<paths>({ baseUrl });
  const interview: SubmissionIn = JSON.parse(readFileSync("interview.json", "utf-8"));
  const token = await signIn(anybody);
  const kader = withToken(token.access_token);
  await lookUp(kader, interview);
  await send(kader, interview);
  const figures = { params: { path: { region: "6372061004", year: 2025 } } };
  const refused = await kader.GET("/v1/aggregates/{region}/{year}", figures);
  assert.equal(refused.error?.type, "urn:ikk:problem:missing-scope");
  const proof = { client_id: given("CLIENT_ID"), client_secret: given("CLIENT_SECRET") };
  const body = { grant_type: "client_credentials", ...proof } as const;
  const agency = (await anybody.POST("/v1/token", { ...form, body })).data;
  assert(agency);
  const read = (await withToken(agency.access_token).GET("/v1/aggregates/{region}/{year}", figures)).data;
  // A table would be a text. Without a format, the response is JSON.
  assert(typeof read === "object");
  assert.equal(read.protected, true);
  assert.equal(read.families, 0);
  assert.equal(read.progress?.families, 1);
  assert.equal(read.index.mean, null);
  const signedOut = await anybody.POST("/v1/token/revoke", { ...form, body: { token: token.refresh_token ?? "" } });
  assert.equal(signedOut.response.status, 200);
}

void play();
