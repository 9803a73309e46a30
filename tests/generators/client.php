<?php
require 'GuzzleHttp/autoload.php';
spl_autoload_register(fn ($class) => include strtr($class, ['OpenAPI\\Client' => 'php/lib', '\\' => '/']) . '.php');

[, $url, $id, $key, $etag] = $argv;
$configuration = (new OpenAPI\Client\Configuration())->setHost($url)->setAccessToken($key);
try {
    [$data, $status] = (new OpenAPI\Client\Api\UsersApi(null, $configuration))->getUserWithHttpInfo($id, $etag ?: null);
    $result = ['ok', $status, $data->getData()->getName(), ''];
} catch (OpenAPI\Client\ApiException $error) {
    $code = json_decode((string) $error->getResponseBody())?->error->code;
    $result = ['raised', $error->getCode(), $code, $error->getResponseHeaders()['Retry-After'][0] ?? ''];
}
echo implode("\t", $result), "\n";
