------------------------------ MODULE LockOrder ------------------------------
(***************************************************************************)
(* Transactions that wait for each other's locks.                          *)
(*                                                                         *)
(* Each session runs one step of the protocols, whose lock requests stand  *)
(* in LockTable, measured from the SQL.  A session asks for one lock after *)
(* the other and keeps all of them to its end.  Tables have PostgreSQL's   *)
(* modes and its queue: who asks also waits behind those who wait already  *)
(* for something that conflicts, unless it holds what they wait for.       *)
(*                                                                         *)
(* The questions: is there a ring, and who waits because of maintenance?   *)
(***************************************************************************)
EXTENDS Naturals, Sequences, FiniteSets, TLC, LockTable

CONSTANTS
  Roles,        \* a sequence of sets of steps: the i-th session runs one of the i-th set
  Fault         \* "none", or the safeguard to take away (see Faults)

Faults == {
  "none",
  "escalated",          \* no fault: prune waits once, for a bounded time
  "waits",              \* maintenance waits for its tables
  "unboundedEscalation",\* prune escalates without a timeout
  "anyClaimOrder",      \* one of two closers takes its claims descending
  "keysInTwoCalls",     \* a caller's transaction takes keys in two calls, the higher one first
  "waitsForFurther",    \* a claim that looks at many waits for further concurrency keys, with the first ones in hand
  "followUpKeysLast",   \* follow-ups of an end ask for their keys behind the end
  "keepsOnRefusal"}     \* a refused lock leaves those before it in place

ASSUME Fault \in Faults

-----------------------------------------------------------------------------
(* The steps. *)

JobRate == {"enqueue", "enqueue_scheduled", "claim", "claim_unsealed", "complete", "retry", "hold",
            "release", "release_last", "claim_last", "beat", "bodies"}
OtherHot == {"caller", "enqueue_unique", "enqueue_unique_bulk", "settle", "enqueue_duplicate", "replay", "report", "complete_with", "settle_with", "register_callback",
             "answer_callback", "request", "claim_keyed", "put_aside", "grant_keys"}
Operators == {"ensure_lane", "get", "cancel_available", "cancel_running", "cancel_held", "retry_failed", "retry_waiting",
              "retry_cancelled", "move_job", "delete", "bury", "cancel_gated", "pause", "trigger_schedule", "apply_request",
              "apply_request_held"}
Maintenance == {"register", "move", "seal", "exhaust", "finish", "finish_done", "prune", "rescue", "rescue_held",
                "rescue_expired", "forget_workers", "promote", "sweep_keys", "fire_schedule", "register_store",
                "move_store", "seal_store", "count_store", "carry", "carry_keys", "finish_store", "finish_store_done",
                "prune_store"}
AllSteps == JobRate \cup OtherHot \cup Operators \cup Maintenance

(* Every step that was measured is in one of the sets.  `caller` is a transaction of a caller that asks for several. *)
ASSUME AllSteps = DOMAIN Steps \cup {"caller"}

(* The connection of these has a lock_timeout of 50 ms, below the server's deadlock_timeout: a wait of theirs ends. *)
Bounded == {"rescue", "rescue_held", "rescue_expired", "forget_workers", "promote", "carry", "carry_keys", "register_store", "move_store",
            "seal_store", "count_store", "finish_store", "finish_store_done", "prune_store"}

Conflicts == [
  AS  |-> {"AE"},
  RS  |-> {"X", "AE"},
  RX  |-> {"S", "SRX", "X", "AE"},
  S   |-> {"RX", "SRX", "X", "AE"},
  SRX |-> {"RX", "S", "SRX", "X", "AE"},
  X   |-> {"RS", "RX", "S", "SRX", "X", "AE"},
  AE  |-> {"AS", "RS", "RX", "S", "SRX", "X", "AE"}]
Conflict(r, q) == r.on = q.on /\ q.mode \in Conflicts[r.mode]

(* The requests at the places I of s.  (No operator is handed on here, or TLC would work all of this out anew each time.) *)
At(s, I) == [k \in 1 .. Cardinality(I) |-> s[CHOOSE i \in I : Cardinality({j \in I : j <= i}) = k]]
On(s, names)    == {i \in 1 .. Len(s) : s[i].on \in names}
NotOn(s, names) == (1 .. Len(s)) \ On(s, names)
(* Those on `names` in reverse order, at their places; those of one kind changed to another; some before all others. *)
Opposite(I, i) == CHOOSE j \in I : Cardinality({k \in I : k <= i}) = Cardinality({k \in I : k >= j})
Reverse(s, names) == [i \in 1 .. Len(s) |-> IF i \in On(s, names) THEN s[Opposite(On(s, names), i)] ELSE s[i]]
Change(s, how) == [i \in 1 .. Len(s) |-> IF s[i].how = "nowait" THEN [s[i] EXCEPT !.how = how] ELSE s[i]]
Behind(s, names)  == At(s, NotOn(s, names)) \o At(s, On(s, names))

Prunes == {"prune", "prune_store"}

(* Values for Roles. *)
AnyTwo     == <<AllSteps, AllSteps>>
Reporting  == {"report", "register_callback", "cancel_held", "rescue_held", "carry"}
AroundProgress == <<{"report"}, Reporting, Reporting>>
AroundSeals == <<{"enqueue_unique", "caller"}, {"enqueue_duplicate", "retry_failed"}, {"seal", "seal_store", "prune"}>>
One == <<{"enqueue"}>>
Prune == <<{"enqueue_unique", "enqueue_duplicate", "get", "replay", "report"}, {"prune", "prune_store"}, {"get", "enqueue_duplicate"}>>
Closers == <<{"complete"}, {"cancel_running"}>>
Callers == <<{"enqueue_unique"}, {"caller"}>>
Keyed == <<{"put_aside"}, {"claim_keyed", "grant_keys"}>>
FollowUps == <<{"settle_with"}, {"retry_waiting"}>>
(* What a step asks for; a changed form of it where a fault is put in. *)
Changed(name, s) ==
  CASE Fault = "waits" /\ name \in Maintenance -> Change(s, "wait")
    [] Fault = "unboundedEscalation" /\ name \in Prunes -> Change(s, "wait")
    [] Fault = "escalated" /\ name \in Prunes -> Change(s, "timed")
    [] Fault = "anyClaimOrder" /\ name = "cancel_running" -> Reverse(s, {"closure 1", "closure 2"})
    [] Fault = "followUpKeysLast" /\ name = "settle_with" -> Behind(s, {"key 7"})
    [] Fault = "waitsForFurther" /\ name = "put_aside" ->
         [i \in 1 .. Len(s) |-> IF s[i].on = "place 1" THEN [s[i] EXCEPT !.how = "wait"] ELSE s[i]]
    [] OTHER -> s
Caller == IF Fault = "keysInTwoCalls" THEN Reverse(Steps["enqueue_unique"], {"key 4", "key 5"})
          ELSE Steps["enqueue"] \o Steps["enqueue_unique"] \o Steps["enqueue_scheduled"] \o Steps["request"]
Sequence(name) == IF name = "caller" THEN Caller ELSE Changed(name, Steps[name])

(* Locks that nobody asks for in a mode that conflicts are left out: they decide nothing. *)
Everything == UNION {{Steps[s][i] : i \in 1 .. Len(Steps[s])} : s \in DOMAIN Steps}
Contended  == {r \in Everything : \E q \in Everything : Conflict(r, q)}
Where      == {[on |-> r.on, mode |-> r.mode] : r \in Contended}
Decides(r) == [on |-> r.on, mode |-> r.mode] \in Where
(* A set, not a function: TLC works a set out once. *)
Plans == {[step |-> s, requests |-> SelectSeq(Sequence(s), Decides)] : s \in AllSteps}

-----------------------------------------------------------------------------
VARIABLES
  step,      \* session -> its step
  held,      \* session -> the locks it has
  left,      \* session -> the requests it will make; none: it commits next
  ending,    \* session -> no, refused (a lock was, and it ends), over
  queue      \* who waits, longest first

vars == <<step, held, left, ending, queue>>
Sessions == 1 .. Len(Roles)

Asks(a) == left[a] # <<>>
Want(a) == Head(left[a])

(* A subtransaction that only looks gives its locks back when it is left. *)
Holds(a) == IF Asks(a) /\ Want(a).how = "look" THEN held[a] ELSE {r \in held[a] : r.how # "look"}

Holders(a, r) == {b \in Sessions \ {a} : \E q \in Holds(b) : Conflict(r, q)}
Waits(a)      == \E i \in 1 .. Len(queue) : queue[i] = a
Earlier(b, a) == \E i \in 1 .. Len(queue) : queue[i] = b /\ \A j \in 1 .. i : queue[j] # a
(* Behind whom it queues; who holds what a waiter waits for goes ahead of it. *)
Ahead(a, r) == {b \in Sessions \ {a} : Earlier(b, a) /\ Conflict(r, Want(b)) /\ a \notin Holders(b, Want(b))}
Blockers(a) == IF Asks(a) THEN Holders(a, Want(a)) \cup Ahead(a, Want(a)) ELSE {}
Without(a)  == SelectSeq(queue, LAMBDA b : b # a)

Init ==
  \E plan \in [Sessions -> Plans] :
    /\ \A a \in Sessions : plan[a].step \in Roles[a]
    /\ step = [a \in Sessions |-> plan[a].step]
    /\ left = [a \in Sessions |-> plan[a].requests]
    /\ held = [a \in Sessions |-> {}]
    /\ ending = [a \in Sessions |-> "no"]
    /\ queue = <<>>

Granted(a) ==
  /\ Asks(a) /\ Blockers(a) = {}
  /\ held' = [held EXCEPT ![a] = Holds(a) \cup {Want(a)}]
  /\ left' = [left EXCEPT ![a] = Tail(@)]
  /\ queue' = Without(a)
  /\ UNCHANGED <<step, ending>>

Queue(a) ==
  /\ Asks(a) /\ ~Waits(a) /\ Blockers(a) # {} /\ Want(a).how \in {"wait", "look", "timed"}
  /\ queue' = Append(queue, a)
  /\ UNCHANGED <<step, held, left, ending>>

Skip(a) ==                  \* pg_try_advisory_xact_lock answered no
  /\ Asks(a) /\ Blockers(a) # {} /\ Want(a).how = "try"
  /\ left' = [left EXCEPT ![a] = Tail(@)]
  /\ UNCHANGED <<step, held, ending, queue>>

(* NOWAIT, or a timeout: trapped, an outcome, and the transaction ends next.  The row lock *)
(* before the subtransaction stays until then, the tables do not.                           *)
Refused(a) ==
  /\ Asks(a)
  /\ \/ Want(a).how = "nowait" /\ Blockers(a) # {}
     \/ Waits(a) /\ (Want(a).how = "timed" \/ step[a] \in Bounded)
  /\ ending' = [ending EXCEPT ![a] = "refused"]
  /\ held' = [held EXCEPT ![a] = IF Fault = "keepsOnRefusal" THEN @ ELSE {r \in @ : r.how \notin {"nowait", "timed"}}]
  /\ left' = [left EXCEPT ![a] = <<>>]
  /\ queue' = Without(a)
  /\ UNCHANGED step

Commit(a) ==
  /\ ~Asks(a) /\ ending[a] # "over"
  /\ ending' = [ending EXCEPT ![a] = "over"]
  /\ held' = [held EXCEPT ![a] = {}]
  /\ UNCHANGED <<step, left, queue>>

Next == \E a \in Sessions : Granted(a) \/ Queue(a) \/ Skip(a) \/ Refused(a) \/ Commit(a)

Spec == Init /\ [][Next]_vars

-----------------------------------------------------------------------------
Ends(a) == step[a] \in Bounded \/ Want(a).how = "timed"     \* its wait does, by itself

(* No ring of sessions that wait for each other, other than one that a short timeout ends. *)
NoDeadlock ==
  \A R \in SUBSET {a \in Sessions : Waits(a) /\ ~Ends(a)} \ {{}} : \E a \in R : Blockers(a) \cap R = {}

(* The same for any number of sessions that run any steps, by the table alone: start with all places where a step can  *)
(* wait, and take away those that wait for nobody who is left.  What is left then contains a ring.                    *)
WaitAt(s, r, i) ==
  [step |-> s, for |-> r[i],
   held |-> {r[j] : j \in {k \in 1 .. i - 1 : r[k].how = "look" => r[i].how = "look"}}]
Places == UNION {{WaitAt(p.step, p.requests, i) : i \in {j \in 1 .. Len(p.requests) : p.requests[j].how \in {"wait", "look"}}}
                   : p \in {q \in Plans : q.step \notin Bounded}}
Edges  == {e \in Places \X Places : \E r \in e[2].held : Conflict(e[1].for, r)}
Strip(P) == {p \in P : \E q \in P : <<p, q>> \in Edges}
Left     == Strip(Strip(Strip(Strip(Strip(Strip(Strip(Strip(Strip(Strip(Places))))))))))
NoRing   == queue = <<>> => Left = {}     \* said of the first state, about the table

IsTable(r) == r.mode # "X"
Table(a)   == Waits(a) /\ IsTable(Want(a))

(* What runs at the rate of jobs never waits for a table because of maintenance.  But one: a writer that read the  *)
(* pointer before it moved, and comes for its table after the move and during the seal, waits for the seal's work. *)
Seals == {"seal", "seal_store"}
JobRateNeverWaits ==
  \A a \in Sessions : Table(a) /\ step[a] \in JobRate =>
    \A b \in Blockers(a) : step[b] \in Maintenance => step[b] \in Seals /\ ~Waits(b)

(* What else waits for a table because of maintenance waits for work under way, or for a wait that ends by itself. *)
OthersWaitBounded ==
  \A a \in Sessions : Table(a) /\ step[a] \notin Maintenance =>
    \A b \in Blockers(a) : step[b] \in Maintenance /\ Waits(b) => Ends(b)

(* Who was refused keeps no table from others. *)
RefusedKeepsNothing ==
  \A a \in Sessions : ending[a] = "refused" => \A r \in Holds(a) : r.how \notin {"nowait", "timed"}

(* Must be violated: the models reach what they are about. *)
NeverRefused == \A a \in Sessions : ending[a] # "refused"
NeverSkipped == \A a \in Sessions : ~(Asks(a) /\ Want(a).how = "try" /\ Blockers(a) # {})
NeverBehind  == \A a \in Sessions : ~(Table(a) /\ Holders(a, Want(a)) = {} /\ Ahead(a, Want(a)) # {})
=============================================================================
