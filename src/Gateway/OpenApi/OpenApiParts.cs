using System.Text.Json.Nodes;

namespace FlashSale.Gateway.OpenApi;

/// <summary>Schemas, parameters and security schemes of the document. Tests hold the ranges against the code that checks them.</summary>
internal static class OpenApiParts
{
    public const string Description =
        "The inventory core behind a limited drop. Unknown, duplicate or wrongly typed request members are refused; answers may get new optional members. "
        + "Request bodies: 16 KiB, operators' 256 KiB, depth 8. An unknown route answers not_found, a method that a route does not know method_not_allowed. "
        + "No campaign may be called general: that is the name of the general pool.";

    public static JsonNode Components() => JsonNode.Parse(Json)!;

    private const string Json = """
        {
          "securitySchemes": {
            "sessionToken": { "type": "http", "scheme": "bearer", "description": "The token of POST /v1/sessions" },
            "adminKey": { "type": "http", "scheme": "bearer", "description": "FlashSale__AdminKey" }
          },
          "parameters": {
            "campaign": { "name": "campaign", "in": "path", "required": true, "schema": { "$ref": "#/components/schemas/Id" } },
            "sku": { "name": "sku", "in": "path", "required": true, "schema": { "$ref": "#/components/schemas/Id" } },
            "shopper": { "name": "shopper", "in": "path", "required": true, "schema": { "$ref": "#/components/schemas/Id" } },
            "hold": { "name": "hold", "in": "path", "required": true, "schema": { "$ref": "#/components/schemas/HoldId" } },
            "idempotencyKey": { "name": "Idempotency-Key", "in": "header", "required": true, "description": "The same one when the request is repeated; scope: shopper (or operator) and kind of operation",
              "schema": { "type": "string", "pattern": "^[ -~]{1,128}$" } },
            "ifNoneMatch": { "name": "If-None-Match", "in": "header", "schema": { "type": "string" } },
            "lastEventId": { "name": "Last-Event-ID", "in": "header", "description": "The id of the last event seen; each event is the whole board, so nothing is sent for what was missed", "schema": { "type": "string" } },
            "afterId": { "name": "after", "in": "query", "description": "The next of the page before", "schema": { "$ref": "#/components/schemas/Id" } },
            "limit": { "name": "limit", "in": "query", "schema": { "type": "integer", "minimum": 1, "maximum": 1000, "default": 100 } },
            "afterSeq": { "name": "after", "in": "query", "schema": { "type": "integer", "format": "int64", "minimum": 0, "default": 0 } },
            "ledgerLimit": { "name": "limit", "in": "query", "schema": { "type": "integer", "minimum": 1, "maximum": 1000, "default": 200 } }
          },
          "schemas": {
            "Id": { "type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$" },
            "HoldId": { "type": "string", "pattern": "^[A-Za-z0-9_-]{16,32}$" },
            "Time": { "type": "string", "format": "date-time", "description": "RFC 3339; answers are in UTC with milliseconds", "examples": ["2026-11-11T10:00:00.000Z"] },
            "Text": { "type": "string", "minLength": 1, "maxLength": 200, "description": "Code points; no control characters" },
            "Money": { "type": "object", "additionalProperties": false, "required": ["amount", "currency"], "properties": {
              "amount": { "type": "integer", "format": "int64", "minimum": 0, "maximum": 1000000000000, "description": "Minor units" },
              "currency": { "type": "string", "pattern": "^[A-Z]{3}$" } } },
            "Quantity": { "type": "integer", "minimum": 1, "maximum": 99 },
            "Count": { "type": "integer", "format": "int64", "minimum": 0 },
            "Next": { "type": ["string", "null"], "description": "Send it as after; null on the last page" },
            "SessionRequest": { "type": "object", "additionalProperties": false, "required": ["code"], "properties": { "code": { "type": "string", "examples": ["dev:mei"] } } },
            "Session": { "type": "object", "required": ["token", "shopper", "expiresAt"], "properties": {
              "token": { "type": "string" }, "shopper": { "$ref": "#/components/schemas/Id" }, "expiresAt": { "$ref": "#/components/schemas/Time" } } },
            "State": { "type": "string", "enum": ["scheduled", "open", "frozen", "soldOut", "closed"] },
            "Campaign": { "type": "object",
              "required": ["id", "name", "mode", "state", "opensAt", "closesAt", "serverTime", "version", "limitPerShopper", "holdSeconds", "nextPollMs", "skus"],
              "properties": {
                "id": { "$ref": "#/components/schemas/Id" }, "name": { "$ref": "#/components/schemas/Text" }, "mode": { "type": "string", "enum": ["flow"] },
                "state": { "$ref": "#/components/schemas/State" }, "opensAt": { "$ref": "#/components/schemas/Time" }, "closesAt": { "$ref": "#/components/schemas/Time" },
                "serverTime": { "$ref": "#/components/schemas/Time" }, "version": { "type": "integer", "format": "int64", "description": "Only grows; not by one" },
                "limitPerShopper": { "$ref": "#/components/schemas/Quantity" }, "holdSeconds": { "type": "integer", "minimum": 1, "maximum": 86400 },
                "nextPollMs": { "type": "integer", "minimum": 1, "description": "Jittered; poll no sooner" },
                "skus": { "type": "array", "items": { "type": "object", "required": ["sku", "name", "price", "availability"], "properties": {
                  "sku": { "$ref": "#/components/schemas/Id" }, "name": { "$ref": "#/components/schemas/Text" }, "price": { "$ref": "#/components/schemas/Money" },
                  "availability": { "type": "string", "enum": ["available", "low", "soldOut"] } } } } } },
            "Campaigns": { "type": "object", "required": ["campaigns"], "properties": { "campaigns": { "type": "array", "items": { "$ref": "#/components/schemas/Campaign" } } } },
            "Events": { "type": "string", "description": "Events board, whose data is a Campaign and whose id names what is shown" },
            "HoldRequest": { "type": "object", "additionalProperties": false, "required": ["sku", "quantity"], "properties": {
              "sku": { "$ref": "#/components/schemas/Id" }, "quantity": { "$ref": "#/components/schemas/Quantity" } } },
            "Hold": { "type": "object", "required": ["id", "campaign", "sku", "quantity", "state", "expiresAt"], "properties": {
              "id": { "$ref": "#/components/schemas/HoldId" }, "campaign": { "$ref": "#/components/schemas/Id" }, "sku": { "$ref": "#/components/schemas/Id" },
              "quantity": { "$ref": "#/components/schemas/Quantity" }, "state": { "type": "string", "enum": ["held", "confirmed", "released", "expired"] },
              "expiresAt": { "$ref": "#/components/schemas/Time" } } },
            "Holds": { "type": "object", "required": ["holds"], "properties": { "holds": { "type": "array", "items": { "$ref": "#/components/schemas/Hold" } } } },
            "SkuRequest": { "type": "object", "additionalProperties": false, "required": ["name", "price"], "properties": {
              "name": { "$ref": "#/components/schemas/Text" }, "price": { "$ref": "#/components/schemas/Money" } } },
            "AdjustmentRequest": { "type": "object", "additionalProperties": false, "required": ["delta", "reason"], "properties": {
              "delta": { "type": "integer", "minimum": -100000000, "maximum": 100000000, "not": { "const": 0 }, "description": "A negative one takes only available general units" },
              "reason": { "$ref": "#/components/schemas/Text" } } },
            "Sku": { "type": "object", "required": ["sku", "name", "price", "received", "available", "held", "sold", "withdrawn", "pools", "epoch", "seq"], "properties": {
              "sku": { "$ref": "#/components/schemas/Id" }, "name": { "$ref": "#/components/schemas/Text" }, "price": { "$ref": "#/components/schemas/Money" },
              "received": { "$ref": "#/components/schemas/Count" }, "available": { "$ref": "#/components/schemas/Count" }, "held": { "$ref": "#/components/schemas/Count" },
              "sold": { "$ref": "#/components/schemas/Count" }, "withdrawn": { "$ref": "#/components/schemas/Count" },
              "pools": { "type": "object", "description": "By campaign, and general", "additionalProperties": { "type": "object", "required": ["available", "held", "sold"], "properties": {
                "units": { "$ref": "#/components/schemas/Count" }, "available": { "$ref": "#/components/schemas/Count" }, "held": { "$ref": "#/components/schemas/Count" },
                "sold": { "$ref": "#/components/schemas/Count" } } } },
              "epoch": { "type": "integer", "format": "int64" }, "seq": { "type": "integer", "format": "int64" } } },
            "Skus": { "type": "object", "required": ["skus", "next"], "properties": {
              "skus": { "type": "array", "items": { "$ref": "#/components/schemas/Sku" } }, "next": { "$ref": "#/components/schemas/Next" } } },
            "Ledger": { "type": "object", "required": ["events", "next"], "properties": {
              "events": { "type": "array", "items": { "type": "object", "required": ["seq", "at", "type", "operation", "payload"], "properties": {
                "seq": { "type": "integer", "format": "int64" }, "at": { "$ref": "#/components/schemas/Time" }, "type": { "type": "string" }, "operation": { "type": ["string", "null"] },
                "payload": { "type": "object" } } } },
              "next": { "type": ["integer", "null"], "format": "int64", "description": "Send it as after; null on the last page" } } },
            "CampaignRequest": { "type": "object", "additionalProperties": false,
              "required": ["name", "mode", "opensAt", "closesAt", "limitPerShopper", "holdSeconds", "skus"], "properties": {
                "name": { "$ref": "#/components/schemas/Text" }, "mode": { "type": "string", "enum": ["flow"] },
                "opensAt": { "$ref": "#/components/schemas/Time" }, "closesAt": { "$ref": "#/components/schemas/Time", "description": "Later than opensAt by at most 366 days" },
                "limitPerShopper": { "$ref": "#/components/schemas/Quantity" }, "holdSeconds": { "type": "integer", "minimum": 1, "maximum": 86400 },
                "skus": { "type": "array", "minItems": 1, "maxItems": 200, "description": "No SKU twice", "items": {
                  "type": "object", "additionalProperties": false, "required": ["sku", "units"], "properties": {
                    "sku": { "$ref": "#/components/schemas/Id" }, "units": { "type": "integer", "minimum": 0, "maximum": 100000000 },
                    "price": { "$ref": "#/components/schemas/Money" } } } } } },
            "OperatorCampaign": { "type": "object",
              "required": ["id", "name", "mode", "opensAt", "closesAt", "limitPerShopper", "holdSeconds", "state", "version", "skus", "counters"], "properties": {
                "id": { "$ref": "#/components/schemas/Id" }, "name": { "$ref": "#/components/schemas/Text" }, "mode": { "type": "string", "enum": ["flow"] },
                "opensAt": { "$ref": "#/components/schemas/Time" }, "closesAt": { "$ref": "#/components/schemas/Time" },
                "limitPerShopper": { "$ref": "#/components/schemas/Quantity" }, "holdSeconds": { "type": "integer", "minimum": 1, "maximum": 86400 },
                "state": { "$ref": "#/components/schemas/State" }, "version": { "type": "integer", "format": "int64", "description": "Of the configuration" },
                "skus": { "type": "array", "items": { "type": "object", "required": ["sku", "units", "available", "held", "sold"], "properties": {
                  "sku": { "$ref": "#/components/schemas/Id" }, "units": { "$ref": "#/components/schemas/Count" }, "available": { "$ref": "#/components/schemas/Count" },
                  "held": { "$ref": "#/components/schemas/Count" }, "sold": { "$ref": "#/components/schemas/Count" }, "price": { "$ref": "#/components/schemas/Money" } } } },
                "counters": { "type": "object", "description": "Since start, per process", "required": ["held", "refused"], "properties": {
                  "held": { "$ref": "#/components/schemas/Count" },
                  "refused": { "type": "object", "description": "By code", "additionalProperties": { "$ref": "#/components/schemas/Count" } } } } } },
            "OperatorCampaigns": { "type": "object", "required": ["campaigns", "next"], "properties": {
              "campaigns": { "type": "array", "items": { "$ref": "#/components/schemas/OperatorCampaign" } }, "next": { "$ref": "#/components/schemas/Next" } } },
            "Audit": { "type": "object", "required": ["holds", "promises", "skus"], "properties": {
              "holds": { "type": "boolean" },
              "promises": { "type": "array", "items": { "type": "object", "required": ["id", "holds", "checked", "detail"], "properties": {
                "id": { "type": "string" }, "holds": { "type": "boolean" }, "checked": { "$ref": "#/components/schemas/Count" }, "detail": { "type": "string" } } } },
              "skus": { "type": "array", "description": "Figures derived from the events", "items": { "type": "object", "required": ["sku", "received", "available", "held", "sold", "withdrawn"], "properties": {
                "sku": { "$ref": "#/components/schemas/Id" }, "received": { "type": "integer", "format": "int64" }, "available": { "type": "integer", "format": "int64" }, "held": { "type": "integer", "format": "int64" },
                "sold": { "type": "integer", "format": "int64" }, "withdrawn": { "type": "integer", "format": "int64" } } } } } },
            "Live": { "type": "object", "required": ["live"], "properties": { "live": { "type": "boolean" } } },
            "Ready": { "type": "object", "required": ["ready", "engine", "store", "roles", "ledgerTime", "draining"], "properties": {
              "ready": { "type": "boolean" }, "engine": { "type": "string" }, "store": { "type": "string" },
              "roles": { "type": "array", "items": { "type": "string", "enum": ["silo", "gateway"] } },
              "ledgerTime": { "$ref": "#/components/schemas/Time" }, "draining": { "type": "boolean" } } },
            "OpenApi": { "type": "object" },
            "Problem": { "type": "object", "required": ["status", "title", "code", "detail"], "properties": {
              "status": { "type": "integer" }, "title": { "type": "string" }, "code": { "type": "string", "description": "Stable" }, "detail": { "type": "string" },
              "retryAfterMs": { "type": "integer", "minimum": 1, "description": "Where a retry makes sense; also as Retry-After" },
              "opensAt": { "$ref": "#/components/schemas/Time" }, "serverTime": { "$ref": "#/components/schemas/Time" },
              "limit": { "$ref": "#/components/schemas/Quantity" }, "owned": { "$ref": "#/components/schemas/Count" },
              "mayReturn": { "type": "boolean", "description": "With sold_out: unpaid holds exist" } } }
          }
        }
        """;
}
