// Package api answers about records of every kind and how they are connected, in
// JSON below /api/v1/. NVD's own API is package nvdapi; this one is for whatever
// else is held, and for questions that NVD's cannot be asked. The description of
// it in OpenAPI 3.1, at /api/v1/openapi.json, is made from the types here, and
// what requests may say is checked against it. Errors are as RFC 9457 has them.
package api
