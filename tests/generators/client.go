package main

import (
	"context"
	"fmt"
	"os"

	openapi "github.com/GIT_USER_ID/GIT_REPO_ID"
)

func main() {
	url, id, key, etag := os.Args[1], os.Args[2], os.Args[3], os.Args[4]
	configuration := openapi.NewConfiguration()
	configuration.Servers = openapi.ServerConfigurations{{URL: url}}
	withKey := context.WithValue(context.Background(), openapi.ContextAccessToken, key)
	request := openapi.NewAPIClient(configuration).UsersAPI.GetUser(withKey, id)
	if etag != "" {
		request = request.IfNoneMatch(etag)
	}
	data, response, err := request.Execute()
	how, value := "ok", ""
	if failed, raised := err.(*openapi.GenericOpenAPIError); raised {
		envelope, _ := failed.Model().(openapi.ErrorEnvelope)
		how, value = "raised", envelope.Error.Code
	} else {
		value = data.Data.Name
	}
	fmt.Printf("%s\t%d\t%s\t%s\n", how, response.StatusCode, value, response.Header.Get("Retry-After"))
}
