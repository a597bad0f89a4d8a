// The reference of the benchmark: the same three answers by Go's net/http and pgx, with their best
// means: prepared statements, authentication and statement in one batch (one round trip, one
// transaction), a pool as large as Purser's.
package main

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"log"
	"net/http"
	"os"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v4"
	"github.com/jackc/pgx/v4/pgxpool"
)

const authenticate = `select tenant_id, principal from auth.authenticate_session($1, $2, $3, null)`
const list = `select id, tier_id, asset_class, account_size, status, subaccount_id, subaccount_uuid,
	synthetic_hotkey, stripe_payment_intent_id
	from payments.prop_account_v order by id desc limit $1`
const free = `select id, tier_id, asset_class, account_size, status, subaccount_id, subaccount_uuid,
	synthetic_hotkey, stripe_payment_intent_id from payments.free_create($1, $2, $3)`
const receive = `select stripe_events.event_receive(array['default'], array[$1::text],
	array[$2::text], array[null]::text[], array[$3::boolean], array[$4::bigint],
	array[$5::text], array[$6::text], array[$7::text])`

var pool *pgxpool.Pool
var secret = []byte(os.Getenv("WEBHOOK_SECRET"))

type account struct {
	ID              string  `json:"id"`
	TierID          string  `json:"tier_id"`
	AssetClass      string  `json:"asset_class"`
	AccountSize     int64   `json:"account_size"`
	Status          string  `json:"status"`
	SubaccountID    *int64  `json:"subaccount_id"`
	SubaccountUUID  *string `json:"subaccount_uuid"`
	SyntheticHotkey *string `json:"synthetic_hotkey"`
	IntentID        *string `json:"stripe_payment_intent_id"`
}

func (a *account) columns() []interface{} {
	return []interface{}{&a.ID, &a.TierID, &a.AssetClass, &a.AccountSize, &a.Status,
		&a.SubaccountID, &a.SubaccountUUID, &a.SyntheticHotkey, &a.IntentID}
}

func fail(w http.ResponseWriter, status int, err error) {
	http.Error(w, err.Error(), status)
}

func answer(w http.ResponseWriter, value interface{}) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(value); err != nil {
		log.Print(err)
	}
}

// Authentication and the statement in one batch; the caller reads the statement's rows.
func query(r *http.Request, scope, sql string, args ...interface{}) (pgx.BatchResults, error) {
	token := sha256.Sum256([]byte(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")))
	session := sha256.Sum256([]byte(r.Header.Get("X-Session-Token")))
	batch := &pgx.Batch{}
	batch.Queue(authenticate, token[:], session[:], scope)
	batch.Queue(sql, args...)
	results := pool.SendBatch(r.Context(), batch)
	var tenant, user string
	if err := results.QueryRow().Scan(&tenant, &user); err != nil {
		results.Close()
		return nil, err
	}
	return results, nil
}

func listAccounts(w http.ResponseWriter, r *http.Request) {
	results, err := query(r, "reads", list, 100)
	if err != nil {
		fail(w, 401, err)
		return
	}
	defer results.Close()
	rows, err := results.Query()
	if err != nil {
		fail(w, 500, err)
		return
	}
	accounts := []account{}
	for rows.Next() {
		var a account
		if err := rows.Scan(a.columns()...); err != nil {
			fail(w, 500, err)
			return
		}
		accounts = append(accounts, a)
	}
	answer(w, accounts)
}

func createFree(w http.ResponseWriter, r *http.Request) {
	var in struct {
		TierID      string `json:"tier_id"`
		AssetClass  string `json:"asset_class"`
		AccountSize int64  `json:"account_size"`
	}
	if err := json.NewDecoder(io.LimitReader(r.Body, 65536)).Decode(&in); err != nil {
		fail(w, 400, err)
		return
	}
	results, err := query(r, "payments", free, in.TierID, in.AssetClass, in.AccountSize)
	if err != nil {
		fail(w, 401, err)
		return
	}
	defer results.Close()
	var a account
	if err := results.QueryRow().Scan(a.columns()...); err != nil {
		fail(w, 422, err)
		return
	}
	answer(w, a)
}

func signed(header string, body []byte) bool {
	var t, v1 string
	for _, part := range strings.Split(header, ",") {
		if strings.HasPrefix(part, "t=") {
			t = part[2:]
		} else if strings.HasPrefix(part, "v1=") {
			v1 = part[3:]
		}
	}
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(t + "."))
	mac.Write(body)
	want, err := hex.DecodeString(v1)
	return err == nil && hmac.Equal(mac.Sum(nil), want)
}

func receiveEvent(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 262144))
	if err != nil || !signed(r.Header.Get("Stripe-Signature"), body) {
		http.Error(w, "signature", 400)
		return
	}
	var event struct {
		ID         string `json:"id"`
		Type       string `json:"type"`
		Livemode   bool   `json:"livemode"`
		Created    int64  `json:"created"`
		APIVersion string `json:"api_version"`
		Data       struct {
			Object struct {
				ID string `json:"id"`
			} `json:"object"`
		} `json:"data"`
	}
	if err := json.Unmarshal(body, &event); err != nil {
		fail(w, 400, err)
		return
	}
	var fresh bool
	err = pool.QueryRow(r.Context(), receive, event.ID, event.Type, event.Livemode,
		event.Created, event.APIVersion, event.Data.Object.ID, string(body)).Scan(&fresh)
	if err != nil {
		fail(w, 503, err)
		return
	}
	answer(w, map[string]bool{"received": true})
}

func main() {
	config, err := pgxpool.ParseConfig(os.Getenv("DATABASE"))
	if err != nil {
		log.Fatal(err)
	}
	connections, _ := strconv.Atoi(os.Getenv("CONNECTIONS"))
	config.MaxConns = int32(connections)
	if pool, err = pgxpool.ConnectConfig(context.Background(), config); err != nil {
		log.Fatal(err)
	}
	http.HandleFunc("/v2/payments/prop-accounts", listAccounts)
	http.HandleFunc("/v2/payments/free", createFree)
	http.HandleFunc("/v2/webhooks/stripe", receiveEvent)
	log.Fatal(http.ListenAndServe(os.Getenv("LISTEN"), nil))
}
