/**
 * The page at /docs: asks for the token, reads /openapi.json with it and shows it. The token stays in the page's memory: it is
 * in no address, no storage and no cookie, so it is gone with the page.
 */

export const docsPage = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Dispatch API</title>
<link rel="icon" href="data:,">
<script type="module" src="/docs/viewer.js"></script>
<script type="module" src="/docs/docs.js"></script>
<style>
body { margin: 0; font: 16px/1.5 system-ui, sans-serif; }
form { max-width: 32rem; margin: 15vh auto; padding: 0 1rem; }
label, input { display: block; width: 100%; box-sizing: border-box; }
input { font: inherit; padding: 0.5rem; margin: 0.5rem 0; }
button { font: inherit; padding: 0.5rem 1rem; }
[role="alert"] { color: #b00020; min-height: 1.5em; }
</style>
</head>
<body>
<form id="ask">
<label for="token">Token (the file <code>token</code> in the data folder)</label>
<input id="token" type="password" autocomplete="off" spellcheck="false" required autofocus>
<button>Show the API</button>
<p id="told" role="alert"></p>
</form>
<rapi-doc id="docs" hidden load-fonts="false" allow-authentication="false" allow-server-selection="false"
  show-header="false" allow-spec-url-load="false" allow-spec-file-load="false" allow-spec-file-download="false"
  persist-auth="false" render-style="read" schema-style="table" theme="light"></rapi-doc>
</body>
</html>
`;

export const docsScript = `const form = document.getElementById("ask");
const told = document.getElementById("told");
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const token = document.getElementById("token").value.trim();
  told.textContent = "";
  try {
    const response = await fetch("/openapi.json", {
      headers: { authorization: "Bearer " + token },
      cache: "no-store",
    });
    const answer = await response.json();
    if (!response.ok) throw new Error(answer.detail);
    const docs = document.getElementById("docs");
    await customElements.whenDefined("rapi-doc");
    docs.addEventListener("spec-loaded", () => docs.setApiKey("bearer", token), { once: true });
    await docs.loadSpec(answer);
    form.remove();
    docs.hidden = false;
  } catch (error) {
    told.textContent = error.message;
  }
});
`;

/** Nothing from elsewhere, and nowhere else to go. Styles are inline in the viewer's own shadow tree. */
export const docsPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");
