/* Every limit of the programs, with its unit in the name. */
#ifndef PURSER_BASE_LIMITS_H
#define PURSER_BASE_LIMITS_H

/* A limit that is a plain number, as a text for a message. */
#define LIMIT_TEXT(limit) LIMIT_TEXT_OF(limit)
#define LIMIT_TEXT_OF(number) #number

#define LIMIT_FCGI_IO_MS 10000 /* a body from its first to its last byte; one write of an answer */
#define LIMIT_BODY_BYTES (64 * 1024)
#define LIMIT_WEBHOOK_BODY_BYTES (256 * 1024)
#define LIMIT_CSV_BODY_BYTES (8 * 1024 * 1024)
#define LIMIT_PART_HEAD_BYTES 8192 /* of a part of multipart/form-data */
#define LIMIT_BOUNDARY_BYTES 70    /* RFC 2046 section 5.1.1 */
#define LIMIT_REPLY_BYTES (4 * 1024 * 1024)
#define LIMIT_PATH_BYTES 2048
#define LIMIT_QUERY_BYTES 4096
#define LIMIT_QUERY_PARAMS 32
#define LIMIT_PATH_PARAMS 4
#define LIMIT_LINK_BYTES 1024 /* the Link header of a list */
#define LIMIT_JSON_DEPTH 16
#define LIMIT_JSON_MEMBERS 256
/* what json-c may allocate for a text of n bytes: START + n * TIMES, at most BYTES */
#define LIMIT_JSON_TREE_START_BYTES (256 * 1024)
#define LIMIT_JSON_TREE_TIMES 32
#define LIMIT_JSON_TREE_MIB 128
#define LIMIT_JSON_TREE_BYTES (LIMIT_JSON_TREE_MIB * 1024 * 1024)
#define LIMIT_ID_BYTES 64
#define LIMIT_ELEMENT_CHARS 64 /* of a text in an array of a body */
#define LIMIT_REQUEST_ID_BYTES 64
#define LIMIT_IDEMPOTENCY_KEY_BYTES 255
#define LIMIT_TOKEN_BYTES 512
#define LIMIT_FIELD_ERRORS 32
#define LIMIT_PAGE_ROWS 100
#define LIMIT_OFFSET 1000000000000000LL

#define LIMIT_UPSTREAM_BODY_BYTES (2 * 1024 * 1024)
#define LIMIT_UPSTREAM_ENTITY_BYTES (16 * 1024 * 1024) /* some 40,000 subaccounts */
#define LIMIT_UPSTREAM_HEADER_BYTES 512
#define LIMIT_CONNECT_MS 3000

#define LIMIT_STRIPE_RETRIES 2
#define LIMIT_STRIPE_LIST_PAGES 50 /* of 100 objects */
#define LIMIT_STRIPE_PAGE_BYTES (16 * 1024 * 1024)
/* of a page that is read by element: what is kept of it */
#define LIMIT_STRIPE_ELEMENTS 100
#define LIMIT_STRIPE_ELEMENT_BYTES (512 * 1024)
#define LIMIT_STRIPE_ELEMENTS_BYTES (2 * 1024 * 1024)
#define LIMIT_STRIPE_LIST_BYTES (8 * 1024 * 1024)
#define LIMIT_SIGNATURE_HEADER_BYTES 4096
#define LIMIT_SIGNATURE_AGE_S 300
#define LIMIT_DB_REPEATS 3
#define LIMIT_DB_STEPS 4
#define LIMIT_DB_PARAMS 24
#define LIMIT_LOG_VALUE_BYTES 512
#define LIMIT_LOG_LINE_BYTES 4096
#define LIMIT_DRAIN_MS 10000
#define LIMIT_INSTANCE_BYTES 64

#endif
