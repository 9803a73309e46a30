// Shows the contract. On `cargo local`, it sends requests with the demo key that the visitor picks.

// The published page has no keys.
const key = document.getElementById("key");

const nothing = () => null;

const plugin = ({ React: { createElement } }) => {
  const name = (text) => createElement("span", { className: "visually-hidden" }, text);
  return {
    components: {
      // A browser can call only the first server, which is the page's own: the API has no CORS.
      ServersContainer: nothing,
      ...(!key && { AuthorizeBtnContainer: nothing, authorizeOperationBtn: nothing }),
    },
    // Screen readers and speech input need the names of these buttons.
    wrapComponents: {
      ModelCollapse: (Original) => ({ title, ...props }) =>
        createElement(Original, { title: title ?? name("Details"), ...props }),
      CloseIcon: (Original) => () => [name("Close"), createElement(Original)],
      Button: (Original) => ({ "aria-label": _, ...props }) => createElement(Original, props),
    },
  };
};

const ui = SwaggerUIBundle({
  dom_id: "#reference",
  url: "openapi.yaml",
  plugins: [plugin],
  supportedSubmitMethods: key ? ["get", "head"] : [],
  tryItOutEnabled: true,
  syntaxHighlight: { theme: "idea" },
  // The default validator is on another machine.
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
