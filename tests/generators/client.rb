require "json"
require "openapi_client"

url, id, key, etag = ARGV
OpenapiClient.configure do |configuration|
  configuration.scheme, configuration.host = url.split("://")
  configuration.access_token = key
end
begin
  options = etag.empty? ? {} : { if_none_match: etag }
  data, status, = OpenapiClient::UsersApi.new.get_user_with_http_info(id, options)
  result = ["ok", status, data.data.name, nil]
rescue OpenapiClient::ApiError => error
  code = JSON.parse(error.response_body)["error"]["code"] unless error.response_body.to_s.empty?
  result = ["raised", error.code, code, error.response_headers["Retry-After"]]
end
puts result.join("\t")
