const fs = require("fs");
const path = require("path");

module.exports = (app) => {
  app.get("/file", (request, response) => {
    const target = path.join("/srv/files", request.query.name);
    fs.readFile(target, (error, data) => response.end(data));
  });
};
