// A login with the npm package "oauth-1.0a", which signs, and leaves the sending to others: here it is fetch.
import { createHmac } from "node:crypto";
import { createRequire } from "node:module";
import { createInterface } from "node:readline/promises";

const OAuth = createRequire(`${process.env.FLICKR_AUTH_NODE_PEERS}/`)("oauth-1.0a");
const [baseUrl, key, secret, text] = process.argv.slice(2);
const oauth = OAuth({
  consumer: { key, secret },
  signature_method: "HMAC-SHA1",
  hash_function: (base, signingKey) => createHmac("sha1", signingKey).update(base).digest("base64"),
});

async function send(path, { oauthData = {}, data = {}, token = {} }) {
  const url = `${baseUrl}${path}`;
  const signed = oauth.authorize({ url, method: "POST", data: { ...oauthData, ...data } }, token);
  const headers = oauth.toHeader(signed);
  const answer = await fetch(url, { method: "POST", headers, body: new URLSearchParams(data) });
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
  return answer;
}

const asForm = async (answer) => Object.fromEntries(new URLSearchParams(await answer.text()));
const asToken = (form) => ({ key: form.oauth_token, secret: form.oauth_token_secret });

const oauthData = { oauth_callback: "oob" };
const request = await asForm(await send("/services/oauth/request_token", { oauthData }));
console.log(`${baseUrl}/services/oauth/authorize?oauth_token=${request.oauth_token}&perms=write`);
const input = createInterface({ input: process.stdin });
const verifier = { oauth_verifier: await input.question("") };
input.close();
const access = await send("/services/oauth/access_token", { oauthData: verifier, token: asToken(request) });
const names = await asForm(access);

async function call(method, given = {}) {
  const data = { method, format: "json", nojsoncallback: "1", ...given };
  return (await send("/services/rest/", { data, token: asToken(names) })).json();
}

const [login, echo] = [await call("flickr.test.login"), await call("flickr.test.echo", { text })];
console.log(JSON.stringify({ names, login: login.user.username._content, echo: echo.text._content }));
