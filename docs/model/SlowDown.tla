------------------------------- MODULE SlowDown -------------------------------
(***************************************************************************)
(* SlowDown: how deep a queue gets whose producers look before they store. *)
(*                                                                         *)
(* Processes know nothing of each other.  Each looks at the depth now and  *)
(* then, counts what it has let in, and lets in no more than fits under    *)
(* the mark, nor more than its burst on one look.  A job is let in, then   *)
(* committed, then its process is told: a look may see it before, and may  *)
(* not see it long after.  Workers take jobs at any time.                  *)
(***************************************************************************)
EXTENDS Naturals, FiniteSets

CONSTANTS
  Procs,   \* model values: processes
  High, Low, Burst,
  Fault    \* "none", or the safeguard to take away (see Faults)

Faults == {
  "none",
  "noBurst",           \* the mark alone decides
  "forgetsUnderWay",   \* what is under way does not count
  "forgetsEnded",      \* a look clears what ended while it was on its way
  "noHysteresis"       \* the mark opens as it shuts
}
ASSUME Fault \in Faults /\ Low < High /\ Burst <= High - Low

VARIABLES
  depth,       \* jobs that wait
  look,        \* by process: "none", "sent", "seen"
  sight,       \* what its look on the way has seen
  known,       \* whether it has a look to go by
  last,        \* what that one saw
  open,        \* whether it lets anybody in
  underWay,    \* let in, not told of an end
  committed,   \* of these, in the queue already
  ended,       \* told of, and not certain to be in the last look
  endedSince,  \* of these, since its look on the way began
  openedAt     \* what it saw when it opened last
vars == <<depth, look, sight, known, last, open, underWay, committed, ended, endedSince, openedAt>>

Zero == [p \in Procs |-> 0]
Init ==
  /\ depth = 0 /\ look = [p \in Procs |-> "none"] /\ sight = Zero /\ last = Zero
  /\ known = [p \in Procs |-> FALSE] /\ open = [p \in Procs |-> TRUE]
  /\ underWay = Zero /\ committed = Zero /\ ended = Zero /\ endedSince = Zero /\ openedAt = Zero

Unseen(p) == IF Fault = "forgetsUnderWay" THEN ended[p] ELSE underWay[p] + ended[p]
FitsMark(p, n)  == last[p] + Unseen(p) + n <= High
FitsBurst(p, n) == Fault = "noBurst" \/ Unseen(p) + n <= Burst

Enter(p, n) ==
  /\ known[p] /\ open[p] /\ FitsMark(p, n) /\ FitsBurst(p, n)
  /\ underWay[p] + n <= High   \* keeps the faults finite
  /\ underWay' = [underWay EXCEPT ![p] = @ + n]
  /\ UNCHANGED <<depth, look, sight, known, last, open, committed, ended, endedSince, openedAt>>
Commit(p) ==
  /\ committed[p] < underWay[p]
  /\ depth' = depth + 1 /\ committed' = [committed EXCEPT ![p] = @ + 1]
  /\ UNCHANGED <<look, sight, known, last, open, underWay, ended, endedSince, openedAt>>
(* It is told; some end without having stored anything. *)
Told(p) ==
  /\ underWay[p] > 0
  /\ \/ committed[p] > 0 /\ committed' = [committed EXCEPT ![p] = @ - 1]
     \/ committed[p] < underWay[p] /\ UNCHANGED committed
  /\ underWay' = [underWay EXCEPT ![p] = @ - 1]
  /\ ended' = [ended EXCEPT ![p] = @ + 1]
  /\ endedSince' = [endedSince EXCEPT ![p] = IF look[p] = "none" THEN 0 ELSE @ + 1]
  /\ ended[p] < High + Burst
  /\ UNCHANGED <<depth, look, sight, known, last, open, openedAt>>
Take ==
  /\ depth > 0 /\ depth' = depth - 1
  /\ UNCHANGED <<look, sight, known, last, open, underWay, committed, ended, endedSince, openedAt>>

Send(p) ==
  /\ look[p] = "none"
  /\ look' = [look EXCEPT ![p] = "sent"] /\ endedSince' = [endedSince EXCEPT ![p] = 0]
  /\ UNCHANGED <<depth, sight, known, last, open, underWay, committed, ended, openedAt>>
See(p) ==
  /\ look[p] = "sent"
  /\ look' = [look EXCEPT ![p] = "seen"] /\ sight' = [sight EXCEPT ![p] = depth]
  /\ UNCHANGED <<depth, known, last, open, underWay, committed, ended, endedSince, openedAt>>
Learn(p) ==
  /\ look[p] = "seen"
  /\ look' = [look EXCEPT ![p] = "none"]
  /\ known' = [known EXCEPT ![p] = TRUE] /\ last' = [last EXCEPT ![p] = sight[p]]
  /\ ended' = [ended EXCEPT ![p] = IF Fault = "forgetsEnded" THEN 0 ELSE endedSince[p]]
  /\ endedSince' = [endedSince EXCEPT ![p] = 0] /\ sight' = [sight EXCEPT ![p] = 0]
  /\ open' = [open EXCEPT ![p] = @ \/ Fault = "noHysteresis" \/ sight[p] + underWay[p] + ended'[p] <= Low]
  /\ openedAt' = [openedAt EXCEPT ![p] = IF ~open[p] /\ open'[p] THEN sight[p] ELSE @]
  /\ UNCHANGED <<depth, underWay, committed>>
(* The look is too old, or has failed. *)
Forget(p) ==
  /\ known[p] /\ known' = [known EXCEPT ![p] = FALSE] /\ last' = [last EXCEPT ![p] = 0]
  /\ UNCHANGED <<depth, look, sight, open, underWay, committed, ended, endedSince, openedAt>>
(* Nobody fits, and another look now would say so again. *)
Shut(p) ==
  /\ known[p] /\ open[p] /\ look[p] = "none" /\ ended[p] = 0 /\ ~FitsMark(p, 1)
  /\ open' = [open EXCEPT ![p] = FALSE]
  /\ UNCHANGED <<depth, look, sight, known, last, underWay, committed, ended, endedSince, openedAt>>

Next ==
  \/ Take
  \/ \E p \in Procs :
       \/ \E n \in 1 .. Burst : Enter(p, n)
       \/ Commit(p) \/ Told(p) \/ Send(p) \/ See(p) \/ Learn(p) \/ Forget(p) \/ Shut(p)
Spec == Init /\ [][Next]_vars

-----------------------------------------------------------------------------
(* One process never passes the mark; each further one passes it by its burst at most. *)
Bounded == depth <= High + (Cardinality(Procs) - 1) * Burst
(* Who has shut lets nobody in before it has seen the low mark. *)
OpensAtLow == \A p \in Procs : openedAt[p] <= Low
(* An open process that knows an empty queue and has nothing under way lets somebody in. *)
EmptyIsOpen == \A p \in Procs :
  (known[p] /\ last[p] = 0 /\ underWay[p] = 0 /\ ended[p] = 0 /\ open[p]) => FitsMark(p, Burst) /\ FitsBurst(p, Burst)

(* Must be violated: two processes reach their bound, and one its mark. *)
NeverAtTheBound == depth < High + (Cardinality(Procs) - 1) * Burst
===============================================================================
