"use strict";
// A reporter of mocha: each test with its file and all titles around it, in the form of jest's JSON.
const fs = require("node:fs");
const path = require("node:path");

module.exports = function Reporter(runner) {
  const files = new Map();
  const add = (test, status, error) => {
    let above = test;
    while (above && !above.file) above = above.parent;
    const file = (above && above.file) || "";
    if (!files.has(file)) files.set(file, []);
    const titles = typeof test.titlePath === "function" ? test.titlePath() : [test.title];
    files.get(file).push({
      ancestorTitles: titles.slice(0, -1),
      title: titles[titles.length - 1],
      status,
      failureMessages: error ? [String(error.stack || error.message || error)] : [],
    });
  };
  runner.on("pass", (test) => add(test, "passed"));
  runner.on("fail", (test, error) => add(test, "failed", error));
  runner.on("pending", (test) => add(test, "skipped"));
  runner.on("end", () => {
    const results = [...files].map(([name, assertionResults]) => ({ name, assertionResults, message: "" }));
    fs.writeFileSync(path.join(__dirname, "suite.json"), JSON.stringify({ testResults: results }));
  });
};
