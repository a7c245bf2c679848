"""The contract as documents for other programs and for people: JSON Schemas, AsyncAPI, the page of the topics."""
