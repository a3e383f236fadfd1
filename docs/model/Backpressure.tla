----------------------------- MODULE Backpressure -----------------------------
(***************************************************************************)
(* One queue of a worker process, from the claim to the durable end.       *)
(*                                                                         *)
(* The runner asks its source for min(free slots, room for debt) jobs; the *)
(* source has one claim in flight; handlers end; ends are gathered and     *)
(* written in batches, one flush in flight; what is durable is told to the *)
(* runner.  Messages between them are counted before they are looked at.   *)
(* Then the process drains: it stops claiming, lets handlers end, gives    *)
(* back what never started, and writes the rest.                           *)
(*                                                                         *)
(* The questions: are both windows kept, does it ever stand still with     *)
(* jobs left, and is anything claimed forgotten?                           *)
(***************************************************************************)
EXTENDS Naturals, TLC

CONSTANTS
  Jobs,        \* jobs in the queue
  Workers,     \* handlers at once
  MaxUnsettled,\* jobs claimed and not durably ended
  Limit,       \* jobs in a claim, at most
  Batch,       \* ends in a flush, at most
  Ahead,       \* jobs claimed ahead of free slots, at most
  MaxLost,     \* claims whose answer is lost
  Fault        \* "none", or the safeguard to take away (see Faults)

Faults == {
  "none",
  "forgetsRequested",  \* what was asked for and has not arrived counts for nothing
  "noDebt",            \* only slots are counted
  "slotsOnly",         \* a slot is free when it was never taken back: jobs start without looking at the slots
  "notTold",           \* the runner does not hear of durable ends
  "claimsAnew",        \* after a lost answer it claims anew
  "dropsInFlight",     \* a cancelled source drops what its claim brings
  "takesEarly"}        \* unstarted jobs are taken while the source still holds some

ASSUME Fault \in Faults

Min(a, b)  == IF a < b THEN a ELSE b
Less(a, b) == IF a > b THEN a - b ELSE 0

VARIABLES
  waiting,     \* jobs in the queue
  demand,      \* the source: asked for and not handed over
  claim,       \* idle, sent, taken (committed), lost (its answer), emitting, handing
  limit, got,  \* of that claim: what it asks for, what it took
  arrived,     \* handed over, not looked at
  ended,       \* handlers that ended, not looked at
  settled,     \* durable ends, not looked at
  requested, ready, running, unsettled,   \* the runner's own books
  gathered, flushing,                     \* ends that wait for a flush, and those in it
  done, back,  \* durably ended; given back to the queue for others
  stopping, taking, taken, losses

source == <<demand, claim, limit, got, losses>>
books  == <<requested, ready, running, unsettled>>
ends   == <<gathered, flushing, done>>
stop   == <<stopping, taking, taken>>
vars   == <<waiting, source, arrived, ended, settled, books, ends, back, stop>>

Init ==
  /\ waiting = Jobs /\ demand = 0 /\ claim = "idle" /\ limit = 0 /\ got = 0 /\ losses = 0
  /\ arrived = 0 /\ ended = 0 /\ settled = 0
  /\ requested = 0 /\ ready = 0 /\ running = 0 /\ unsettled = 0
  /\ gathered = 0 /\ flushing = 0 /\ done = 0 /\ back = 0
  /\ stopping = FALSE /\ taking = FALSE /\ taken = FALSE

(* ------------------------------ ClaimSource ------------------------------ *)

Send ==
  /\ claim = "idle" /\ demand > 0 /\ ~stopping
  /\ claim' = "sent" /\ limit' = Min(demand, Limit) /\ got' = 0
  /\ UNCHANGED <<waiting, demand, losses, arrived, ended, settled, books, ends, back, stop>>

Take ==                     \* the database; also none, or fewer than there are: other lanes, other processes
  /\ claim = "sent"
  /\ \E n \in 0 .. Min(limit, waiting) : got' = n /\ waiting' = waiting - n
  /\ claim' = "taken"
  /\ UNCHANGED <<demand, limit, losses, arrived, ended, settled, books, ends, back, stop>>

Lose ==                     \* the connection breaks; the nonce is asked for until the database answers
  /\ claim = "taken" /\ losses < MaxLost
  /\ losses' = losses + 1
  /\ claim' = IF Fault = "claimsAnew" THEN "idle" ELSE "lost"
  /\ UNCHANGED <<waiting, demand, limit, got, arrived, ended, settled, books, ends, back, stop>>

Replay ==
  /\ claim = "lost" /\ claim' = "taken"
  /\ UNCHANGED <<waiting, demand, limit, got, losses, arrived, ended, settled, books, ends, back, stop>>

Answer ==
  /\ claim = "taken"
  /\ claim' = IF got = 0 THEN "idle" ELSE "emitting"
  /\ demand' = demand - got
  /\ UNCHANGED <<waiting, limit, got, losses, arrived, ended, settled, books, ends, back, stop>>

Look ==                     \* one after the other; after a cancel the rest is released
  /\ claim = "emitting"
  /\ IF stopping
       THEN got' = 0 /\ claim' = "idle" /\ back' = back + (IF Fault = "dropsInFlight" THEN 0 ELSE got)
       ELSE claim' = "handing" /\ UNCHANGED <<got, back>>
  /\ UNCHANGED <<waiting, demand, limit, losses, arrived, ended, settled, books, ends, stop>>

HandOver ==                 \* the cancel may come after the look
  /\ claim = "handing"
  /\ got' = got - 1 /\ arrived' = arrived + 1
  /\ claim' = IF got' = 0 THEN "idle" ELSE "emitting"
  /\ UNCHANGED <<waiting, demand, limit, losses, ended, settled, books, ends, back, stop>>

(* ------------------------------- JobRunner ------------------------------- *)

(* One round of the loop.  How far it claims ahead is any number up to Ahead. *)
Round ==
  /\ LET run   == running - ended
         debt  == Less(unsettled, settled) + arrived
         queue == ready + arrived
         asked == requested - arrived
         starts == IF stopping THEN 0 ELSE IF Fault = "slotsOnly" THEN queue ELSE Min(Less(Workers, run), queue)
         gives == IF taking /\ ~taken THEN queue ELSE 0
     IN /\ arrived' = 0 /\ ended' = 0 /\ settled' = 0
        /\ running' = run + starts
        /\ ready' = queue - starts - gives
        /\ back' = back + gives
        /\ taken' = (taken \/ taking)
        /\ unsettled' = debt - gives
        /\ \E ahead \in 0 .. Ahead :
             LET slots == Less(Workers + ahead, run + queue)
                 room  == IF Fault = "noDebt" THEN slots ELSE Min(slots, Less(MaxUnsettled, debt))
                 more  == IF stopping THEN 0
                          ELSE IF Fault = "forgetsRequested" THEN room ELSE Less(room, asked)
             IN requested' = asked + more /\ demand' = demand + more
  /\ UNCHANGED <<waiting, claim, limit, got, losses, ends, stopping, taking>>

HandlerEnds ==              \* the slot is free now, not when the end is durable
  /\ running > ended
  /\ ended' = ended + 1 /\ gathered' = gathered + 1
  /\ UNCHANGED <<waiting, source, arrived, settled, books, flushing, done, back, stop>>

(* ------------------------- GroupCommit, Completions ---------------------- *)

Flush ==
  /\ flushing = 0 /\ gathered > 0
  /\ flushing' = Min(gathered, Batch) /\ gathered' = gathered - Min(gathered, Batch)
  /\ UNCHANGED <<waiting, source, arrived, ended, settled, books, done, back, stop>>

Durable ==
  /\ flushing > 0
  /\ flushing' = 0 /\ done' = done + flushing
  /\ settled' = IF Fault = "notTold" THEN settled ELSE settled + flushing
  /\ UNCHANGED <<waiting, source, arrived, ended, books, gathered, back, stop>>

(* --------------------------------- drain --------------------------------- *)

Stop ==                     \* stop claiming and starting: the source is cancelled
  /\ ~stopping /\ stopping' = TRUE
  /\ UNCHANGED <<waiting, source, arrived, ended, settled, books, ends, back, taking, taken>>

Released == stopping /\ claim = "idle"
TakeUnstarted ==            \* once the source holds nothing
  /\ stopping /\ ~taking
  /\ Released \/ Fault = "takesEarly"
  /\ taking' = TRUE
  /\ UNCHANGED <<waiting, source, arrived, ended, settled, books, ends, back, stopping, taken>>

Next == Send \/ Take \/ Lose \/ Replay \/ Answer \/ Look \/ HandOver \/ Round \/ HandlerEnds \/ Flush \/ Durable \/ Stop
        \/ TakeUnstarted
Spec == Init /\ [][Next]_vars

-----------------------------------------------------------------------------
(* Jobs that the database counts as this process's: claimed and not ended, whoever knows of it. *)
Hands   == (IF claim \in {"taken", "lost", "emitting", "handing"} THEN got ELSE 0)
           + arrived + ready + (running - ended) + gathered + flushing
Handlers == running - ended

SlotsKept == Handlers <= Workers
DebtKept  == Hands <= MaxUnsettled
AskedOnly == got <= limit /\ demand <= MaxUnsettled

(* Each job is in one place. *)
NothingForgotten == waiting + Hands + done + back = Jobs

(* Nothing moves by itself, and nothing stopped it: then it asks, or the queue is empty. *)
AtRest == claim = "idle" /\ arrived = 0 /\ ended = 0 /\ settled = 0 /\ ready = 0 /\ Handlers = 0 /\ gathered = 0 /\ flushing = 0
Started == requested > 0 \/ done > 0
NoStall == AtRest /\ ~stopping /\ Started /\ waiting > 0 => demand > 0

(* The drain is over: nothing claimed is left in its hands. *)
DrainIsOver == taken /\ Released /\ Handlers = 0 /\ gathered = 0 /\ flushing = 0
DrainLeavesNothing == DrainIsOver => Hands = 0 /\ done + back + waiting = Jobs

(* Must be violated: the models reach what they are about. *)
NeverFullDebt  == Hands < MaxUnsettled
NeverAhead     == ready = 0
NeverCutInTwo  == ~(claim \in {"emitting", "handing"} /\ stopping /\ arrived > 0)
NeverDrained   == ~(DrainIsOver /\ done > 0 /\ back > 0)
===============================================================================
