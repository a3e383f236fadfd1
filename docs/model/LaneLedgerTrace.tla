---------------------------- MODULE LaneLedgerTrace ----------------------------
(***************************************************************************)
(* Is a run of the real thing a behaviour of LaneLedger?                   *)
(*                                                                         *)
(* TraceReplayTest runs producers, claimers and a leader, a call at a      *)
(* time, and writes each call with its answer into the module              *)
(* LaneLedgerRun.  Here a call is the model's steps of the one who calls,  *)
(* the last of them with the outcome that was answered; what answers that  *)
(* nothing was done must find the reason in the model.  TLC must find      *)
(* NotReplayed violated: the model came to the end of the run.             *)
(***************************************************************************)
EXTENDS LaneLedger, Sequences, LaneLedgerRun

VARIABLES run, i        \* which of the runs, and its next call
traceVars == <<vars, run, i>>

E == Recorded[run][i]
Inner == UNCHANGED <<run, i>>
Done  == i' = i + 1 /\ UNCHANGED run
Same  == UNCHANGED vars /\ Done

TraceInit == Init /\ run \in 1 .. Len(Recorded) /\ i = 1

(* The transaction stays open. *)
Enqueue(p) ==
  \/ (Begin(p) \/ LockChild(p) \/ Allocate(p)) /\ Inner
  \/ /\ InsertRows(p) /\ pStep'[p] = "inserted"
     /\ pPositions[p] = E.positions /\ pSegment[p] = E.gen
     /\ Done

Waits(c) == cStep[c] = "insert" \/ (cStep[c] = "decide" /\ ~NeedsJudge(c))

(* Up to the INSERT; with its commit it is one step of the model. *)
ClaimRow(c) ==
  \/ (List(c) \/ AssignJudge(c) \/ (Probe(c) /\ cStep'[c] # "idle")) /\ Inner
  \/ /\ Waits(c)
     /\ LET s == cCandidate[c] IN
          /\ s.gen = E.gen /\ s.no + 1 = E.no /\ s.taken = E.positions /\ s.high = E.high
          /\ OldLeft(s) \cup YoungLeft(s) = E.holes
     /\ Same

ClaimEmpty(c) ==
  \/ (List(c) \/ (Probe(c) /\ cStep'[c] # "idle")) /\ Inner
  \/ Probe(c) /\ cStep'[c] = "idle" /\ Done
  \/ cStep[c] = "idle" /\ Listed = {} /\ Same

(* The lane's lock, which the model does without. *)
ClaimBusy == (\E c \in Claimers : Waits(c)) /\ Same

Claim(c) ==
  CASE E.status = "row"   -> ClaimRow(c)
    [] E.status = "empty" -> ClaimEmpty(c)
    [] E.status = "busy"  -> ClaimBusy

Claimed(c) == InsertLedger(c) /\ ledger'[Child(E.gen)].no = E.no /\ Done

CloseAll ==             \* one statement; a step of the model for each member
  LET open == {x \in E.positions : offered[x] = "open"} IN
  /\ open # {} /\ CloseJob(Child(E.gen), Min(open))
  /\ IF Cardinality(open) = 1 THEN Done ELSE Inner

CancelOne ==
  IF E.done THEN (\E k \in Children : Cancel(k, E.position)) /\ Done
  ELSE (\A k \in Children : ~Available(k, E.position)) /\ Same

DoRegister ==
  \/ E.outcome = "Registered" /\ Register /\ Done
  \/ E.outcome = "SkippedBusy" /\ (\A k \in Children : \E g \in Generations : Child(g) = k /\ IsLive(g)) /\ Same
  \/ E.outcome = "SkippedIdle" /\ rows[Child(pointer)] \cap Committed = {} /\ Same

DoMove ==
  \/ E.outcome = "Rotated" /\ MovePointer /\ Done
  \/ E.outcome = "Idle" /\ ~ENABLED MovePointer /\ Same

DoSeal(g) ==
  LET may == phase[g] = "live" /\ g < pointer IN
  \/ E.outcome = "Sealed" /\ Seal(g) /\ Done
  \/ E.outcome = "Blocked" /\ may /\ ~NoWriter(Child(g)) /\ Same
  \/ E.outcome = "Idle" /\ ~may /\ Same

DoFinish(g) ==
  \/ E.outcome = "Finished" /\ Finish(g) /\ Done
  \/ E.outcome = "SkippedActive" /\ phase[g] = "sealed" /\ ~(NothingToOffer(g) /\ NothingOpen(g)) /\ Same
  \/ E.outcome = "Idle" /\ phase[g] # "sealed" /\ Same

DoPrune(g) ==
  \/ E.outcome = "Pruned" /\ Prune(g) /\ Done
  \/ E.outcome = "Blocked" /\ phase[g] = "finished" /\ ~(NoWriter(Child(g)) /\ NoReader(Child(g))) /\ Same
  \/ E.outcome = "Idle" /\ phase[g] # "finished" /\ Same

TraceNext ==
  /\ i <= Len(Recorded[run])
  /\ CASE E.op = "enqueue"  -> Enqueue(E.who)
       [] E.op = "commit"   -> End(E.who, TRUE) /\ Done
       [] E.op = "abort"    -> End(E.who, FALSE) /\ Done
       [] E.op = "claim"    -> Claim(E.who)
       [] E.op = "claimed"  -> Claimed(E.who)
       [] E.op = "close"    -> CloseAll
       [] E.op = "release"  -> Release(Child(E.gen), E.position) /\ Done
       [] E.op = "cancel"   -> CancelOne
       [] E.op = "register" -> DoRegister
       [] E.op = "move"     -> DoMove
       [] E.op = "seal"     -> DoSeal(E.gen)
       [] E.op = "finish"   -> DoFinish(E.gen)
       [] E.op = "prune"    -> DoPrune(E.gen)

TraceSpec == TraceInit /\ [][TraceNext]_traceVars

(* Must be violated: the model has done all that the run did. *)
NotReplayed == i <= Len(Recorded[run])
================================================================================
