"use strict";
// Shows the OpenAPI document of this origin. Text goes in as text nodes only, so nothing in it can run.

const METHODS = ["get", "post", "put", "patch", "delete"];
const DEPTH_MAX = 8; // schemas that hold themselves end here

function element(tag, className, ...children) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

function resolve(doc, schema) {
  if (!schema || !schema.$ref) return schema || {};
  return schema.$ref.slice(2).split("/").reduce((node, key) => node[key], doc);
}

// A schema written the way the JSON looks: keys, types, choices.
function sketch(doc, schema, indent = "", depth = 0) {
  const name = schema && schema.$ref ? schema.$ref.split("/").pop() : null;
  const found = resolve(doc, schema);
  if (depth > DEPTH_MAX) return name || "…";
  const either = found.anyOf || found.oneOf;
  if (either) return either.map((each) => sketch(doc, each, indent, depth + 1)).join(" | ");
  if (found.allOf) return found.allOf.map((each) => sketch(doc, each, indent, depth + 1)).join(" & ");
  if (found.const !== undefined) return JSON.stringify(found.const);
  if (found.enum) return found.enum.map((each) => JSON.stringify(each)).join(" | ");
  if (found.properties) return sketchObject(doc, found, indent, depth);
  if (found.type === "array") return `[${sketch(doc, found.items, indent, depth + 1)}, …]`;
  if (found.additionalProperties && typeof found.additionalProperties === "object") {
    return `{ "…": ${sketch(doc, found.additionalProperties, indent, depth + 1)} }`;
  }
  return found.format ? `${found.type} (${found.format})` : String(found.type || "any");
}

function sketchObject(doc, schema, indent, depth) {
  const required = new Set(schema.required || []);
  const inner = `${indent}  `;
  const lines = Object.entries(schema.properties).map(([key, value]) => {
    const mark = required.has(key) ? "" : "?";
    const note = value.description ? `  // ${value.description.replace(/\s+/g, " ")}` : "";
    return `${inner}${key}${mark}: ${sketch(doc, value, inner, depth + 1)}${note}`;
  });
  return `{\n${lines.join("\n")}\n${indent}}`;
}

function parameters(doc, operation) {
  const rows = (operation.parameters || []).map((each) => {
    const found = resolve(doc, each);
    return element(
      "tr", "",
      element("td", "", element("code", "", found.name), found.required ? " *" : ""),
      element("td", "", found.in),
      element("td", "", element("code", "", sketch(doc, found.schema))),
      element("td", "", found.description || ""),
    );
  });
  return rows.length ? [element("h4", "", "Parameters"), element("table", "", ...rows)] : [];
}

function content(doc, title, holder) {
  const parts = [];
  for (const [type, media] of Object.entries((holder && holder.content) || {})) {
    parts.push(element("h4", "", `${title} (${type})`));
    if (media.schema) parts.push(element("pre", "", sketch(doc, media.schema)));
  }
  return parts;
}

function security(operation) {
  const ways = (operation.security || []).map((way) => Object.keys(way).join(" + "));
  return element("p", "", ways.length ? `Signed in by ${ways.join(", or by ")}.` : "No sign-in.");
}

function operationView(doc, path, method, operation) {
  const body = element("div", "body");
  const view = element(
    "details", "",
    element(
      "summary", "",
      element("span", `method ${method}`, method),
      element("code", "", path),
      element("span", "name", operation.operationId || ""),
    ),
    body,
  );
  view.dataset.text = `${method} ${path} ${operation.operationId} ${operation.summary} ${operation.description}`.toLowerCase();
  // Filled when opened: a document with hundreds of schemas would take seconds otherwise.
  view.addEventListener("toggle", () => {
    if (!view.open || body.childNodes.length) return;
    body.append(element("p", "", operation.description || operation.summary || ""), security(operation));
    body.append(...parameters(doc, operation), ...content(doc, "Request", operation.requestBody));
    for (const [status, answer] of Object.entries(operation.responses || {})) {
      const parts = content(doc, status, answer);
      body.append(...(parts.length ? parts : [element("h4", "", `${status}: ${answer.description || ""}`)]));
    }
  });
  return view;
}

function show(doc) {
  const about = document.getElementById("about");
  about.replaceChildren(`${doc.info.title} ${doc.info.version}. ${doc.info.description} `);
  const link = element("a", "", "openapi.json");
  link.href = "/api/openapi.json";
  about.append(link);
  const main = document.getElementById("operations");
  for (const tag of doc.tags) {
    const views = [];
    for (const [path, item] of Object.entries(doc.paths)) {
      for (const method of METHODS) {
        const operation = item[method];
        if (operation && (operation.tags || [])[0] === tag.name) views.push(operationView(doc, path, method, operation));
      }
    }
    if (views.length) {
      main.append(element("section", "", element("h2", "", tag.name), element("p", "", tag.description || ""), ...views));
    }
  }
}

function filter(text) {
  for (const section of document.querySelectorAll("section")) {
    let shown = 0;
    for (const view of section.querySelectorAll("details")) {
      view.hidden = !view.dataset.text.includes(text);
      shown += view.hidden ? 0 : 1;
    }
    section.hidden = shown === 0;
  }
}

fetch("/api/openapi.json")
  .then((answer) => answer.json())
  .then(show)
  .catch((error) => { document.getElementById("about").textContent = `The document could not be read: ${error.message}`; });
document.getElementById("find").addEventListener("input", (event) => filter(event.target.value.trim().toLowerCase()));
