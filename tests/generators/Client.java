import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import org.openapitools.client.ApiClient;
import org.openapitools.client.ApiException;
import org.openapitools.client.api.UsersApi;

public class Client {
  public static void main(String[] arguments) throws Exception {
    ApiClient client = new ApiClient();
    client.updateBaseUri(arguments[0]);
    client.setRequestInterceptor(builder -> builder.header("Authorization", "Bearer " + arguments[2]));
    List<String> result;
    try {
      var etag = arguments[3].isEmpty() ? null : arguments[3];
      var response = new UsersApi(client).getUserWithHttpInfo(arguments[1], etag);
      result = List.of("ok", "" + response.getStatusCode(), response.getData().getData().getName(), "");
    } catch (ApiException error) {
      var body = error.getResponseBody();
      var code = body == null ? "" : new ObjectMapper().readTree(body).at("/error/code").asText();
      var retryAfter = error.getResponseHeaders().firstValue("Retry-After").orElse("");
      result = List.of("raised", "" + error.getCode(), code, retryAfter);
    }
    System.out.println(String.join("\t", result));
  }
}
