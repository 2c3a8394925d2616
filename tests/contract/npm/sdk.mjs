// Cognite's npm client against a local CDF, call by call: node sdk.mjs URL TOKEN. Prints what it found as JSON.
import { CogniteClient } from "@cognite/sdk";

const [url, token] = process.argv.slice(2);
const client = new CogniteClient({
  appId: "npm",
  project: "local",
  baseUrl: url,
  oidcTokenProvider: async () => token,
});
const found = {};
const SPACE = "npm";
const node = (externalId, properties) => ({
  instanceType: "node",
  space: SPACE,
  externalId,
  sources: [
    { source: { type: "view", space: "cdf_cdm", externalId: "CogniteAsset", version: "v1" }, properties },
  ],
});
const ASSET = { type: "view", space: "cdf_cdm", externalId: "CogniteAsset", version: "v1" };

async function iam() {
  const inspected = await client.get("/api/v1/token/inspect");
  found.projects = inspected.data.projects.map((each) => each.projectUrlName);
  const [group] = await client.groups.create([{ name: "npm", capabilities: [] }]);
  found.groups = (await client.groups.list({ all: true })).map((each) => each.name);
  await client.groups.delete([group.id]);
}

async function datasets() {
  const [made] = await client.datasets.create([{ externalId: "npm", name: "npm", metadata: { a: "b" } }]);
  await client.datasets.update([{ id: made.id, update: { description: { set: "told" } } }]);
  const [read] = await client.datasets.retrieve([{ externalId: "npm" }]);
  found.dataset = read.description;
  found.datasets = (await client.datasets.list({ filter: { metadata: { a: "b" } } })).items.length;
  return made.id;
}

async function files(dataSetId) {
  const about = { name: "a.txt", externalId: "npm", mimeType: "text/plain", dataSetId };
  const file = await client.files.upload(about, "content", false, true);
  await client.files.update([{ id: file.id, update: { metadata: { set: { face: "front" } } } }]);
  found.uploaded = (await client.files.retrieve([{ id: file.id }]))[0].uploaded;
  found.files = (await client.files.list({ filter: { metadata: { face: "front" } } })).items.length;
  const [link] = await client.files.getDownloadUrls([{ externalId: "npm" }]);
  found.content = await (await fetch(link.downloadUrl)).text();
  return file.id;
}

async function annotations(fileId) {
  const box = { xMin: 0.1, xMax: 0.2, yMin: 0.1, yMax: 0.2 };
  const about = {
    annotatedResourceType: "file",
    annotatedResourceId: fileId,
    annotationType: "images.AssetLink",
    creatingApp: "npm",
    creatingAppVersion: "1.0.0",
    creatingUser: null,
    status: "approved",
    data: { text: "21-PT-1019", textRegion: box, assetRef: { id: 5 } },
  };
  const [made] = await client.annotations.create([about]);
  const suggestion = { ...about };
  delete suggestion.status;
  await client.annotations.suggest([suggestion]);
  const filter = { annotatedResourceType: "file", annotatedResourceIds: [{ id: fileId }] };
  found.annotations = (await client.annotations.list({ filter, limit: 1000 })).items.length;
  await client.annotations.update([{ id: made.id, update: { status: { set: "rejected" } } }]);
  found.status = (await client.annotations.retrieve([{ id: made.id }]))[0].status;
  await client.annotations.delete([{ id: made.id }]);
  await client.files.delete([{ id: fileId }]);
}

async function definitions() {
  await client.spaces.upsert([{ space: SPACE, name: "npm" }]);
  found.spaces = (await client.spaces.list()).items.map((each) => each.space);
  await client.spaces.retrieve([SPACE]);
  const text = { type: { type: "text" } };
  await client.containers.upsert([
    { space: SPACE, externalId: "C", usedFor: "node", properties: { name: text } },
  ]);
  await client.containers.list({ space: SPACE });
  await client.containers.retrieve([{ space: SPACE, externalId: "C" }]);
  const container = { type: "container", space: SPACE, externalId: "C" };
  const view = { space: SPACE, externalId: "V", version: "1" };
  const properties = { name: { container, containerPropertyIdentifier: "name" } };
  await client.views.upsert([{ ...view, properties }]);
  await client.views.list({ space: SPACE });
  await client.views.retrieve([view]);
  const model = { space: SPACE, externalId: "M", version: "1" };
  await client.dataModels.upsert([{ ...model, views: [{ type: "view", ...view }] }]);
  await client.dataModels.list({ space: SPACE });
  found.models = (await client.dataModels.retrieve([model])).items.length;
  await client.dataModels.delete([model]);
  await client.views.delete([view]);
  await client.containers.delete([{ space: SPACE, externalId: "C" }]);
}

async function instances() {
  await client.instances.upsert({ items: [node("a", { name: "21-PT-1019" }), node("b", { name: "b" })] });
  const filter = { equals: { property: ["node", "space"], value: SPACE } };
  found.nodes = (await client.instances.list({ instanceType: "node", filter, limit: 10 })).items.length;
  const key = { instanceType: "node", space: SPACE, externalId: "a" };
  const read = await client.instances.retrieve({ items: [key], sources: [{ source: ASSET }] });
  found.name = read.items[0].properties.cdf_cdm["CogniteAsset/v1"].name;
  const search = { view: ASSET, instanceType: "node", query: "1019", limit: 5 };
  found.searched = (await client.instances.search(search)).items.map((each) => each.externalId);
  const sets = { with: { n: { nodes: { filter }, limit: 1 } }, select: { n: {} } };
  const first = await client.instances.query(sets);
  found.queried = first.items.n.length;
  await client.instances.query({ ...sets, cursors: first.nextCursor });
  found.synced = (await client.instances.sync(sets)).items.n.length;
  const aggregates = [{ count: { property: "name" } }];
  await client.instances.aggregate({ view: ASSET, instanceType: "node", aggregates });
  await client.instances.delete([key, { ...key, externalId: "b" }]);
  await client.spaces.delete([SPACE]);
}

await client.authenticate();
await iam();
await annotations(await files(await datasets()));
await definitions();
await instances();
try {
  await client.files.retrieve([{ externalId: "nowhere" }]);
} catch (refusal) {
  found.refusal = refusal.status;
}
console.log(JSON.stringify(found));
