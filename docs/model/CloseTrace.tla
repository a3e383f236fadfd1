------------------------------- MODULE CloseTrace -------------------------------
(***************************************************************************)
(* Is a run of the real thing a behaviour of Close?                        *)
(*                                                                         *)
(* As in LaneLedgerTrace.  Transactions of closers stay open, are sent     *)
(* twice, wait for each other, commit and roll back.  A call is the        *)
(* model's steps of its session up to the commit, or up to where it waits. *)
(***************************************************************************)
EXTENDS Close, CloseRun

VARIABLES run, i        \* which of the runs, and its next call
traceVars == <<vars, run, i>>

E == Recorded[run][i]
S == <<E.who, E.nr>>    \* the closer's session on the server
Inner == UNCHANGED <<run, i>>
Done  == i' = i + 1 /\ UNCHANGED run
Same  == UNCHANGED vars /\ Done

TraceInit == Init /\ run \in 1 .. Len(Recorded) /\ i = 1

Claim(c) ==
  \/ (List(c) \/ InsertClaim(c) \/ InsertExhaustion(c)) /\ Inner
  \/ /\ CommitClaim(c)
     /\ Len(db'.ledger) = E.no /\ claimer[c].taken = E.positions /\ db'.exhausted = E.exhausted
     /\ Done

ClaimNothing == db.exhausted /\ Same

Work(s) ==
  \/ Read(s) \/ AppendRow(s) \/ Withdraw(s)
  \/ session[s].step = "insert" /\ \E r \in Candidates(s) : InsertClosure(s, r)

(* no and position; nonces are compared by both sides, and not answered. *)
Pairs(rows) == UNION {{<<r.no, x>> : x \in r.ends} : r \in rows}

Answer(s) ==            \* the statement has answered, its transaction is open
  \/ Work(s) /\ Inner
  \/ /\ session[s].step = "commit"
     /\ LET x == session[s] IN
          /\ E.fresh = Pairs(x.wrote)
          /\ E.accepted = Pairs(x.wrote) \cup {<<t.no, t.pos>> : t \in x.own}
          /\ E.again = {t.no : t \in x.again}
     /\ Same

Blocked(s) ==           \* it waits for another one's transaction
  \/ Work(s) /\ Inner
  \/ Runs(s) /\ WaitsFor(s) # {} /\ Same

AllOver(d) == /\ d.exhausted /\ LastFree(d) = {}
              /\ \A n \in 1 .. Len(d.ledger) : EndedIn(d, n) = d.ledger[n].members

DoFinish ==             \* the first half of the model's Prune
  \/ E.outcome = "Finished" /\ AllOver(db) /\ Same
  \/ E.outcome = "SkippedActive" /\ ~AllOver(db) /\ Same

TraceNext ==
  /\ i <= Len(Recorded[run])
  /\ CASE E.op = "claim"   -> \E c \in Claimers : Claim(c)
       [] E.op = "nothing" -> ClaimNothing
       [] E.op = "send"    -> BeginWith(E.who, E.items) /\ Done
       [] E.op = "lost"    -> LoseAnswer(E.who) /\ Done
       [] E.op = "answer"  -> Answer(S)
       [] E.op = "blocked" -> Blocked(S)
       [] E.op = "commit"  -> Commit(S) /\ Done
       [] E.op = "abort"   -> Abort(S) /\ Done
       [] E.op = "finish"  -> DoFinish
       [] E.op = "prune"   -> Prune /\ Done

TraceSpec == TraceInit /\ [][TraceNext]_traceVars

(* Must be violated: the model has done all that the run did. *)
NotReplayed == i <= Len(Recorded[run])
=================================================================================
