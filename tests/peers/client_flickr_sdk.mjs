// A login with the npm package "flickr-sdk", Flickr's own, which puts all into the query, and text into a multipart body.
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { createInterface } from "node:readline/promises";
import { pathToFileURL } from "node:url";

const [baseUrl, key, secret, text] = process.argv.slice(2);

// Another host in its constants: it signs the address that is written there, whatever the transport then sends.
const installed = createRequire(`${process.env.FLICKR_AUTH_NODE_PEERS}/`).resolve("flickr-sdk");
const copy = resolve("flickr-sdk.cjs");
writeFileSync(copy, readFileSync(installed, "utf-8").replace(/https:\/\/(www|api)\.flickr\.com/g, baseUrl));
const { default: sdk } = await import(pathToFileURL(copy));

const as = (oauthToken, oauthTokenSecret) =>
  sdk.createFlickr({ consumerKey: key, consumerSecret: secret, oauthToken, oauthTokenSecret });
const { oauth } = as(false, false);
const { requestToken, requestTokenSecret } = await oauth.request("oob");
console.log(oauth.authorizeUrl(requestToken, "write"));
const input = createInterface({ input: process.stdin });
const verifier = await input.question("");
input.close();
const names = await as(requestToken, requestTokenSecret).oauth.verify(verifier);

const { flickr } = as(names.oauthToken, names.oauthTokenSecret);
const login = await flickr("flickr.test.login", {});
const echo = await flickr("flickr.test.echo", { text });
await flickr("flickr.photos.setMeta", { photo_id: "50000030000", title: text, description: "" });
console.log(JSON.stringify({ names, login: login.user.username._content, echo: echo.text._content }));
