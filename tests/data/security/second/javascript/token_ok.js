const crypto = require("crypto");

function makeSessionToken() {
  const token = crypto.randomBytes(32).toString("hex");
  return token;
}
module.exports = { makeSessionToken };
