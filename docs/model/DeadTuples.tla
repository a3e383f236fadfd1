------------------------------ MODULE DeadTuples ------------------------------
(***************************************************************************)
(* While a transaction pins the horizon, dead rows stay.  Which steps make *)
(* them stands in WriteTable, measured from the SQL.  Steps at the rate of *)
(* jobs run any number of times; paced ones (maintenance, beats, what an   *)
(* operator changes) are counted.                                          *)
(*                                                                         *)
(* The question: do dead rows grow with the jobs, or with the paced steps  *)
(* alone?                                                                  *)
(***************************************************************************)
EXTENDS Naturals, FiniteSets, WriteTable

CONSTANTS
  MaxSteps,   \* steps of a run
  Fault       \* "none", or: claimNotes, a claim is noted in its job's row; counter, ends are counted in a row of the queue

Paced == {"beat", "pause", "ensure_lane", "trigger_schedule", "fire_schedule", "register", "move", "seal", "exhaust", "finish",
          "finish_done", "prune", "forget_workers", "register_store", "move_store", "seal_store", "count_store", "carry", "carry_keys",
          "finish_store", "finish_store_done", "prune_store"}
(* A lane's exhaustion in a segment comes back only by a claim that empties it again: each round is a release, which *)
(* happens at a drain, and for kinds that nobody knows.                                                              *)
Releases == {"release", "release_last"}
JobRate  == DOMAIN Writes \ (Paced \cup Releases)

JobTables == {"jobs_k", "marks_k", "claims_k", "closures_k", "entries_k", "endings_k", "progress_k", "keys_k"}

WritesOf(step) ==
  CASE Fault = "claimNotes" /\ step = "claim" -> Writes[step] \cup {Updates("jobs_k")}
    [] Fault = "counter" /\ step = "complete" -> Writes[step] \cup {Updates("queues")}
    [] OTHER -> Writes[step]

Dead(step) == Cardinality({w \in WritesOf(step) : w.how \in {"update", "delete"}})
              + 12 * Cardinality({w \in WritesOf(step) : w.how = "truncate"})   \* rows of pg_class: tables, indexes, TOAST
Most == 60    \* dead rows of one paced step: prune, four tables and two rows

VARIABLES jobs, paced, releases, dead,
          written   \* by the last step: what, and by which
vars == <<jobs, paced, releases, dead, written>>

Init == jobs = 0 /\ paced = 0 /\ releases = 0 /\ dead = 0 /\ written = {}

JobStep ==
  /\ jobs + paced + releases < MaxSteps
  /\ jobs' = jobs + 1
  /\ \E step \in JobRate : dead' = dead + Dead(step) /\ written' = {[by |-> step, what |-> w] : w \in WritesOf(step)}
  /\ UNCHANGED <<paced, releases>>
PacedStep ==
  /\ jobs + paced + releases < MaxSteps
  /\ paced' = paced + 1
  /\ \E step \in Paced : dead' = dead + Dead(step) /\ written' = {[by |-> step, what |-> w] : w \in WritesOf(step)}
  /\ UNCHANGED <<jobs, releases>>
Release ==
  /\ jobs + paced + releases < MaxSteps
  /\ releases' = releases + 1
  /\ \E step \in Releases : dead' = dead + Dead(step) /\ written' = {[by |-> step, what |-> w] : w \in WritesOf(step)}
  /\ UNCHANGED <<jobs, paced>>

Next == JobStep \/ PacedStep \/ Release
Spec == Init /\ [][Next]_vars

-----------------------------------------------------------------------------
(* Rows of the job tables are inserted, and leave by truncation alone. *)
AppendOnly == \A w \in written : w.what.on \in JobTables => w.what.how \in {"insert", "truncate"}
(* Only the two prunes truncate. *)
OnlyPruneTruncates == \A w \in written : w.what.how = "truncate" => w.by \in {"prune", "prune_store"}
(* Dead rows grow with the paced steps and with releases, and by nothing that jobs do. *)
IndependentOfJobs == dead <= Most * paced + releases

(* Must be violated: there are dead rows at all. *)
NeverDead == dead = 0
===============================================================================
