------------------------------ MODULE WriteTable ------------------------------
(***************************************************************************)
(* Which step writes which table, and how.  Measured, not written by hand: *)
(* DeadTuplesTest runs each step against a server, reads what the server   *)
(* counted, and compares.  Children are merged: jobs_k stands for jobs_0,  *)
(* jobs_1, and so on.                                                      *)
(***************************************************************************)

Inserts(table)   == [on |-> table, how |-> "insert"]
Updates(table)   == [on |-> table, how |-> "update"]     \* the old row is dead
Deletes(table)   == [on |-> table, how |-> "delete"]     \* the row is dead
Truncates(table) == [on |-> table, how |-> "truncate"]   \* a new file; rows of the catalogue are updated

Writes == [
  enqueue |-> {Inserts("jobs_k")},
  enqueue_scheduled |-> {Inserts("entries_k")},
  enqueue_unique |-> {Inserts("jobs_k"), Inserts("keys_k")},
  enqueue_unique_bulk |-> {Inserts("keys_k")},
  enqueue_duplicate |-> {},
  claim |-> {Inserts("claims_k")},
  claim_unsealed |-> {Inserts("claims_k")},
  replay |-> {},
  complete |-> {Inserts("closures_k")},
  retry |-> {Inserts("closures_k"), Inserts("entries_k")},
  hold |-> {Inserts("closures_k"), Inserts("entries_k")},
  release |-> {Inserts("claims_k"), Inserts("closures_k")},
  claim_last |-> {Inserts("claims_k"), Inserts("exhausted")},
  release_last |-> {Inserts("claims_k"), Inserts("closures_k"), Deletes("exhausted")},
  settle |-> {Inserts("endings_k"), Inserts("entries_k")},
  report |-> {Inserts("progress_k")},
  complete_with |-> {Inserts("closures_k"), Inserts("jobs_k"), Inserts("keys_k")},
  settle_with |-> {Inserts("endings_k"), Inserts("jobs_k"), Inserts("keys_k")},
  beat |-> {Updates("workers")},
  register_callback |-> {Inserts("endings_k"), Inserts("entries_k")},
  answer_callback |-> {Inserts("endings_k"), Inserts("entries_k")},
  bodies |-> {},
  claim_keyed |-> {Inserts("claims_k"), Inserts("keys_k")},
  put_aside |-> {Inserts("claims_k"), Inserts("entries_k"), Inserts("exhausted"), Inserts("keys_k"), Inserts("marks_k")},
  grant_keys |-> {Inserts("endings_k"), Inserts("jobs_k"), Inserts("keys_k")},
  sweep_keys |-> {Inserts("endings_k"), Inserts("jobs_k"), Inserts("keys_k")},
  cancel_gated |-> {Inserts("endings_k"), Inserts("entries_k")},
  ensure_lane |-> {Inserts("lanes"), Inserts("queues")},
  get |-> {},
  cancel_available |-> {Inserts("claims_k"), Inserts("entries_k"), Inserts("marks_k")},
  cancel_running |-> {Inserts("closures_k"), Inserts("entries_k")},
  cancel_held |-> {Inserts("endings_k"), Inserts("entries_k")},
  retry_failed |-> {Inserts("endings_k"), Inserts("jobs_k"), Inserts("keys_k")},
  retry_waiting |-> {Inserts("endings_k"), Inserts("jobs_k"), Inserts("keys_k")},
  retry_cancelled |-> {Inserts("jobs_k"), Inserts("marks_k")},
  move_job |-> {Inserts("claims_k"), Inserts("jobs_k"), Inserts("marks_k")},
  delete |-> {Inserts("claims_k"), Inserts("marks_k")},
  bury |-> {Inserts("endings_k"), Inserts("entries_k")},
  request |-> {Inserts("entries_k")},
  pause |-> {Updates("queues")},
  trigger_schedule |-> {Inserts("jobs_k")},
  register |-> {Inserts("generations")},
  move |-> {},
  seal |-> {Updates("generations")},
  exhaust |-> {},
  finish |-> {},
  finish_done |-> {},
  prune |-> {Truncates("claims_k"), Truncates("closures_k"), Updates("generations"), Truncates("jobs_k")},
  rescue |-> {Inserts("closures_k"), Inserts("entries_k")},
  rescue_held |-> {Inserts("endings_k"), Inserts("entries_k")},
  rescue_expired |-> {Inserts("endings_k"), Inserts("entries_k")},
  forget_workers |-> {Deletes("workers")},
  promote |-> {Inserts("endings_k"), Inserts("jobs_k"), Inserts("keys_k")},
  apply_request |-> {Inserts("claims_k"), Inserts("endings_k"), Inserts("marks_k")},
  apply_request_held |-> {Inserts("endings_k"), Inserts("entries_k")},
  fire_schedule |-> {Inserts("jobs_k"), Updates("schedules")},
  register_store |-> {Inserts("stores")},
  move_store |-> {},
  seal_store |-> {Updates("stores")},
  count_store |-> {Updates("stores")},
  carry |-> {Inserts("endings_k"), Inserts("entries_k")},
  carry_keys |-> {Inserts("keys_k")},
  finish_store |-> {},
  finish_store_done |-> {Updates("stores")},
  prune_store |-> {Truncates("endings_k"), Truncates("entries_k"), Updates("stores")}]
===============================================================================
