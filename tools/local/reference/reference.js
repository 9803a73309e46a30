// Shows the contract. On `cargo local`, requests are sent with the demo key that the visitor picks.

const key = document.getElementById("key");

const plugin = {
  // The first server is always used: a browser may call no other, because the API has no CORS.
  components: { ServersContainer: () => null },
  statePlugins: {
    spec: {
      // The API itself says what is wrong with a request.
      wrapSelectors: { validateBeforeExecute: () => () => true },
    },
  },
};

const ui = SwaggerUIBundle({
  dom_id: "#reference",
  url: "openapi.yaml",
  plugins: [() => plugin],
  supportedSubmitMethods: key ? ["get", "head"] : [],
  tryItOutEnabled: true,
  syntaxHighlight: { theme: "idea" },
  // The validator is on another machine.
  validatorUrl: null,
  onComplete: useKey,
});

function useKey() {
  if (key?.value) {
    ui.preauthorizeApiKey("ApiKey", key.value);
  } else if (key) {
    ui.authActions.logout(["ApiKey"]);
  }
}

key?.addEventListener("change", useKey);
