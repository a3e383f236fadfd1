------------------------------- MODULE PoolTrace -------------------------------
(***************************************************************************)
(* Is a run of the real thing a behaviour of Pool?                         *)
(*                                                                         *)
(* As in LaneLedgerTrace.  Two leaders, whose moves and seals stay open    *)
(* and may roll back; producers who sleep between reserve and INSERT, and  *)
(* lose what they had reserved to a savepoint; workers who keep tokens.    *)
(***************************************************************************)
EXTENDS Pool, PoolRun

VARIABLES run, i        \* which of the runs, and its next call
traceVars == <<vars, run, i>>

E == Recorded[run][i]
Inner == UNCHANGED <<run, i>>
Done  == i' = i + 1 /\ UNCHANGED run
Same  == UNCHANGED vars /\ Done

TraceInit == Init /\ run \in 1 .. Len(Recorded) /\ i = 1

Reserve(p) ==
  \/ (Begin(p) /\ producer'[p].lane = E.lane) /\ Inner
  \/ (LockChild(p) \/ Allocate(p)) /\ Inner
  \/ /\ Reread(p) /\ producer'[p].step = "reserved"
     /\ producer[p].at.seg = E.seg /\ producer[p].seq = E.seq
     /\ Done

WaitingIn(l) == {r \in UNION {RowsOf(k) : k \in Children} : r.lane = l /\ job[r.by] = "waiting"}

ClaimJob(c) ==
  /\ closer[c].step = "idle"
  /\ \E k \in Children : \E r \in rows[k] :
       r.seg = E.seg /\ r.lane = E.lane /\ r.seq = E.seq /\ Claim(k, r)
  /\ closer'[c].step = "holds" /\ Done

ClaimNothing ==
  /\ WaitingIn(E.lane) = {}
  /\ \A g \in Segments : gens[g].state = "sealed" /\ E.lane \in gens[g].lanes => <<g, E.lane>> \in exhausted
  /\ Same

DoClaim(c) ==
  \/ E.status = "job" /\ ClaimJob(c)
  \/ E.status = "exhaust" /\ Exhaust(E.seg, E.lane) /\ Done
  \/ E.status = "empty" /\ ClaimNothing

DoClose(c) ==           \* with one job a claim: it was ended, or its token is stale
  \/ LookUp(c) /\ closer'[c].step = "knows" /\ Inner
  \/ LookUp(c) /\ closer'[c].step = "idle" /\ ~E.done /\ Done
  \/ Close(c) /\ E.done = (ledger' # ledger) /\ Done

DoRelease(c) == Release(gens[closer[c].seg].child, closer[c].no) /\ Done

Rests(l)  == leader'[l].step = "idle"
Newest(s) == CHOOSE g \in Segments : s[g].state # "none" /\ \A h \in Segments : s[h].state # "none" => h <= g

DoRegister(l) ==
  \/ (RegisterRead(l) \/ RegisterLook(l) \/ RegisterChoose(l)) /\ ~Rests(l) /\ Inner
  \/ /\ E.outcome = "Registered"
     /\ (RegisterInsert(l) /\ gens' # gens) \/ (RegisterLook(l) /\ Rests(l))
     /\ E.newest = Newest(gens') /\ E.child = gens'[E.newest].child
     /\ Done
  \/ E.outcome = "SkippedBusy" /\ RegisterChoose(l) /\ Rests(l) /\ Done
  \/ E.outcome = "SkippedIdle" /\ leader[l].step = "idle" /\ RowsOf(pointer.child) = {} /\ Same

DoMove(l) ==            \* its transaction stays open where it has moved
  \/ (MoveRead(l) \/ MoveLock(l) \/ MoveCheck(l)) /\ ~Rests(l) /\ Inner
  \/ E.outcome = "Rotated" /\ MoveSet(l) /\ pointer' = [seg |-> E.seg, child |-> E.child] /\ Done
  \/ E.outcome = "Idle" /\ MoveCheck(l) /\ Rests(l) /\ Done

DoSeal(l, g) ==         \* and where it has sealed
  \/ (SealRead(l, g) \/ SealRow(l)) /\ ~Rests(l) /\ Inner
  \/ /\ E.outcome = "Sealed" /\ SealTable(l) /\ ~Rests(l)
     /\ E.lanes = {r.lane : r \in RowsOf(leader[l].child)}
     /\ Done
  \/ E.outcome = "Blocked" /\ SealTable(l) /\ Rests(l) /\ Done
  \/ E.outcome = "Idle" /\ SealRow(l) /\ Rests(l) /\ Done
  \/ E.outcome = "Idle" /\ ~IsLive(g) /\ Same

DoFinish(l, g) ==
  \/ E.outcome = "Finished" /\ Finish(l, g) /\ Done
  \/ /\ E.outcome = "SkippedActive" /\ gens[g].state = "sealed"
     /\ (\E n \in gens[g].lanes : <<g, n>> \notin exhausted) \/ ~NoOpenClaim(gens[g].child)
     /\ Same
  \/ E.outcome = "Idle" /\ gens[g].state # "sealed" /\ Same

DoPrune(l, g) ==
  \/ (PruneRow(l, g) \/ PruneTable(l)) /\ ~Rests(l) /\ Inner
  \/ E.outcome = "Pruned" /\ PruneEnd(l) /\ Done
  \/ E.outcome = "Blocked" /\ PruneTable(l) /\ Rests(l) /\ Done
  \/ E.outcome = "Idle" /\ gens[g].state # "finished" /\ Same

TraceNext ==
  /\ i <= Len(Recorded[run])
  /\ CASE E.op = "reserve"  -> Reserve(E.who)
       [] E.op = "put"      -> InsertRow(E.who) /\ Done
       [] E.op = "back"     -> RollBack(E.who) /\ Done
       [] E.op = "commit"   -> End(E.who, TRUE) /\ Done
       [] E.op = "abort"    -> End(E.who, FALSE) /\ Done
       [] E.op = "claim"    -> DoClaim(E.who)
       [] E.op = "close"    -> DoClose(E.who)
       [] E.op = "release"  -> DoRelease(E.who)
       [] E.op = "register" -> DoRegister(E.who)
       [] E.op = "move"     -> DoMove(E.who)
       [] E.op = "seal"     -> DoSeal(E.who, E.seg)
       [] E.op = "end"      -> (MoveEnd(E.who) \/ SealEnd(E.who)) /\ Done
       [] E.op = "stop"     -> Stop(E.who) /\ Done
       [] E.op = "finish"   -> DoFinish(E.who, E.seg)
       [] E.op = "prune"    -> DoPrune(E.who, E.seg)

TraceSpec == TraceInit /\ [][TraceNext]_traceVars

(* Must be violated: the model has done all that the run did. *)
NotReplayed == i <= Len(Recorded[run])
================================================================================
