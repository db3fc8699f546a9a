// A login with the npm package "oauth", which many web applications sign with.
import { createRequire } from "node:module";
import { createInterface } from "node:readline/promises";

const { OAuth } = createRequire(`${process.env.FLICKR_AUTH_NODE_PEERS}/`)("oauth");
const [baseUrl, key, secret, text] = process.argv.slice(2);
const at = (leg) => `${baseUrl}/services/oauth/${leg}`;
const oauth = new OAuth(at("request_token"), at("access_token"), key, secret, "1.0", "oob", "HMAC-SHA1");

// Its callbacks take several results, and a promise has one.
const results = (method, ...given) =>
  new Promise((resolve, reject) => {
    oauth[method](...given, (error, ...found) => (error ? reject(new Error(JSON.stringify(error))) : resolve(found)));
  });

const [requestToken, requestSecret] = await results("getOAuthRequestToken");
console.log(`${at("authorize")}?oauth_token=${requestToken}&perms=write`);
const input = createInterface({ input: process.stdin });
const verifier = await input.question("");
input.close();
const [token, tokenSecret, names] = await results("getOAuthAccessToken", requestToken, requestSecret, verifier);

const rest = `${baseUrl}/services/rest/`;
const asJson = { format: "json", nojsoncallback: "1" };
const query = new URLSearchParams({ method: "flickr.test.login", ...asJson });
const [login] = await results("get", `${rest}?${query}`, token, tokenSecret);
const [echo] = await results("post", rest, token, tokenSecret, { method: "flickr.test.echo", text, ...asJson });
console.log(
  JSON.stringify({
    names: { ...names },
    login: JSON.parse(login).user.username._content,
    echo: JSON.parse(echo).text._content,
  }),
);
