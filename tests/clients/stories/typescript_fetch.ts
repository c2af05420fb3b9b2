/** The story of docs/guides/app-builders.md, told with the TypeScript client that OpenAPI Generator writes. */

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import {
  AccessApi,
  AggregatesApi,
  Configuration,
  ProblemOutFromJSON,
  ReferenceApi,
  ResponseError,
  SubmissionInFromJSON,
  SubmissionsApi,
  CreateTokenGrantTypeEnum,
  type ProblemOut,
  type SubmissionIn,
  type TokenOut,
} from "./client";

const given = (name: string): string => process.env[name] ?? assert.fail(`${name} is not set`);
const username = given("USERNAME");
const password = "kopi susu di teras";

const withToken = (accessToken?: string): Configuration =>
  new Configuration({ basePath: given("ADDRESS"), ...(accessToken ? { accessToken } : {}) });

/** The problem that a request gets. */
async function problemOf(request: Promise<unknown>): Promise<ProblemOut> {
  const error = await request.then(() => assert.fail("the request succeeds"), (each: unknown) => each);
  assert(error instanceof ResponseError);
  return ProblemOutFromJSON(await error.response.json());
}

/** Sets a password with the one-time code, signs in and refreshes. */
async function signIn(access: AccessApi): Promise<TokenOut> {
  const first = { username, code: given("CODE") };
  assert.equal((await problemOf(access.setPassword({ ...first, newPassword: "kopi" }))).status, 422);
  assert.equal((await access.setPasswordRaw({ ...first, newPassword: password })).raw.status, 204);
  const grantType = CreateTokenGrantTypeEnum.Password;
  const wrong = access.createToken({ grantType, username, password: "teh manis di teras" });
  assert.equal((await problemOf(wrong)).error, "invalid_grant");
  const { accessToken, refreshToken } = await access.createToken({ grantType, username, password });
  assert(refreshToken);
  const next = await access.createToken({ grantType: CreateTokenGrantTypeEnum.RefreshToken, refreshToken });
  assert.notEqual(next.accessToken, accessToken);
  return next;
}

/** Fetches what an app keeps on the device. */
async function lookUp(kader: Configuration, { instrument, version, region }: SubmissionIn): Promise<void> {
  const caller = await new AccessApi(kader).getCaller();
  assert.deepEqual(caller.scopes["submissions:write"], ["6372061004"]);
  const reference = new ReferenceApi(kader);
  const instruments = await reference.listInstruments();
  assert(instruments.items.some((each) => each.code === instrument && each.version === version));
  assert((await reference.getInstrument({ code: instrument, version })).content["question"]);
  assert((await reference.getInstrumentSchema({ code: instrument, version }))["properties"]);
  const { parent } = await reference.getRegion({ code: region });
  const villages = await reference.listRegions({ parent: parent ?? assert.fail("a district"), limit: 3 });
  assert.equal(villages.items.length, 3);
  assert(villages.next);
}

/** Scores, sends, sends again, sends with other content and with faults, and reads the receipt. */
async function send(submissions: SubmissionsApi, interview: SubmissionIn): Promise<void> {
  const { instrument, version, answers } = interview;
  const score = await submissions.computeScore({ scoreIn: { instrument, version, answers } });
  const id = randomUUID();
  const put = (submissionIn: SubmissionIn) => submissions.putSubmissionRaw({ id, submissionIn });
  const stored = await put(interview);
  assert.equal(stored.raw.status, 201);
  const { receipt, score: kept } = await stored.value();
  assert.equal(kept.index, score.index);
  const resent = await put(interview);
  assert.equal(resent.raw.status, 200);
  assert.deepEqual((await resent.value()).receipt, receipt);
  const conflict = await problemOf(put({ ...interview, family: { ...interview.family, members: 2 } }));
  assert.equal(conflict.status, 409);
  assert.deepEqual(conflict.stored, receipt);
  const many = { ...interview, answers: { ...answers, members: "many" } };
  const faulty = await problemOf(submissions.putSubmission({ id: randomUUID(), submissionIn: many }));
  assert(faulty.faults?.some((each) => each.pointer === "/answers/members"));
  assert.equal((await submissions.getSubmission({ id })).counts, true);
  const mine = await submissions.listSubmissions({ year: 2025, counts: true });
  assert.deepEqual(mine.items.map((each) => each.id), [id]);
}

async function play(): Promise<void> {
  const access = new AccessApi(withToken());
  const interview = SubmissionInFromJSON(JSON.parse(readFileSync("interview.json", "utf-8")));
  const token = await signIn(access);
  const kader = withToken(token.accessToken);
  await lookUp(kader, interview);
  await send(new SubmissionsApi(kader), interview);
  const village = { region: "6372061004", year: 2025 };
  const refused = await problemOf(new AggregatesApi(kader).getAggregate(village));
  assert.equal(refused.type, "urn:ikk:problem:missing-scope");
  const proof = { clientId: given("CLIENT_ID"), clientSecret: given("CLIENT_SECRET") };
  const agency = await access.createToken({ grantType: CreateTokenGrantTypeEnum.ClientCredentials, ...proof });
  const figures = await new AggregatesApi(withToken(agency.accessToken)).getAggregate(village);
  assert.equal(figures._protected, true);
  assert.equal(figures.families, 0);
  assert.equal(figures.progress?.families, 1);
  assert.equal(figures.index.mean, null);
  assert.equal((await access.revokeTokenRaw({ token: token.refreshToken ?? "" })).raw.status, 200);
}

void play();
