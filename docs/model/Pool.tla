--------------------------------- MODULE Pool ---------------------------------
(***************************************************************************)
(* The pool of child tables: which one is current, who may still write to  *)
(* it, when it is given to another segment.                                *)
(*                                                                         *)
(* Leaders register a segment, move the pointer to it, seal the segments   *)
(* behind, record them as finished and truncate them, each step when it    *)
(* likes and as slowly as it likes.  A lease would let one of them lead    *)
(* at a time; the model has none, so each of them is also a leader that    *)
(* was deposed in the middle of a step and goes on with what it had read.  *)
(* The pointer is a sequence: it moves for everybody at once, and no abort *)
(* moves it back.  Producers write into the segment that the pointer       *)
(* names, some long after they read it.                                    *)
(*                                                                         *)
(* LaneLedger is about the holes of one lane; here a claim is a number in  *)
(* a child's ledger.  README.md says what was merged and what is left out. *)
(***************************************************************************)
EXTENDS Integers, Sequences, FiniteSets, TLC

CONSTANTS
  Leaders, Producers,    \* model values; a producer is a transaction with one job
  Closers,               \* model values: workers that end what they once claimed; {}: whoever claims ends it at once
  LaneCount, ChildCount,
  LastSegment,           \* more segments than children: a child is used again
  Asleep,                \* TRUE: a producer may stop between any two steps; FALSE: it enqueues in one
  MayAbort,              \* TRUE: producers may roll back
  MaxReleases, MaxStops, \* leaders that die, or whose transaction aborts
  MaxRollbacks,          \* ROLLBACK TO SAVEPOINT between reserve and INSERT
  MaxCrashes,            \* of the server
  Fault                  \* "none", or the safeguard to take away (see Faults)

Faults == {
  "none",
  "noReread",            \* reserve does not read the pointer again after nextval
  "noLock",              \* reserve does not lock the child; only INSERT does
  "noGuard",             \* rows are taken although the savepoint that held the child's lock is gone
  "pointerIsARow",       \* the pointer is a row: an old snapshot goes on reading what it saw first
  "registerOver",        \* register does not care for a rival's row
  "noHeadLock",          \* move does not lock the row of the segment it moves from
  "noSecondLook",        \* move does not read the pointer again under that lock
  "moveFirst",           \* the pointer moves before the registration is committed
  "sealCurrent",         \* seal does not ask whether the pointer has moved on
  "sealSansLock",        \* seal does not wait for writers
  "lanesFirst",          \* seal reads the lanes before it has the lock
  "finishUnsealed",      \* finish does not wait for the seal
  "keepExhausted",       \* release leaves the exhaustion in place
  "pruneFirstLook",      \* prune trusts what it read before it had the row's lock
  "noNonce"}             \* a closer names segment, lane and number only, and trusts the child it looked up

ASSUME Fault \in Faults

Children == 1 .. ChildCount
Segments == 1 .. LastSegment
Lanes    == 1 .. LaneCount
Min(S)   == CHOOSE x \in S : \A y \in S : y >= x

VARIABLES
  pointer,     \* segment and child; read and moved outside of any snapshot
  flushed,     \* the pointer that a crash of the server may go back to
  gens,        \* segment -> its committed row: state, child, lanes
  rows,        \* child -> jobs inserted, committed or not: the producer, its segment, lane and position
  ledger,      \* child -> sequence of claims: job, nonce, open
  exhausted,   \* pairs of segment and lane
  job,         \* producer -> none, waiting, taken, closed
  lastSeq,     \* lane -> its sequence
  producer,    \* producer -> step and what it knows
  pLocks,      \* producer -> children locked ROW EXCLUSIVE
  leader,      \* leader -> step and what it knows; the name of a step says which call it is in
  closer,      \* closer -> a token, and the child it looked up
  nonces, releases, stops, rollbacks, crashes,
  broken       \* what the history has violated so far

counters == <<nonces, releases, stops, rollbacks, crashes>>
data     == <<rows, ledger, exhausted, job, lastSeq>>
parties  == <<producer, pLocks, closer>>
vars == <<pointer, flushed, gens, data, parties, leader, counters, broken>>

NoSegment == [state |-> "none", child |-> 0, lanes |-> {}]
Resting   == [step |-> "idle"]

Init ==
  /\ pointer = [seg |-> 1, child |-> 1] /\ flushed = pointer
  /\ gens = [g \in Segments |-> IF g = 1 THEN [NoSegment EXCEPT !.state = "open", !.child = 1] ELSE NoSegment]
  /\ rows = [k \in Children |-> {}] /\ ledger = [k \in Children |-> <<>>] /\ exhausted = {}
  /\ job = [p \in Producers |-> "none"] /\ lastSeq = [l \in Lanes |-> 0]
  /\ producer = [p \in Producers |-> Resting] /\ pLocks = [p \in Producers |-> {}]
  /\ leader = [l \in Leaders |-> Resting] /\ closer = [c \in Closers |-> Resting]
  /\ nonces = 0 /\ releases = 0 /\ stops = 0 /\ rollbacks = 0 /\ crashes = 0 /\ broken = {}

-----------------------------------------------------------------------------
IsLive(g)     == gens[g].state \notin {"none", "reclaimed"}
IsCommitted(p) == producer[p].step = "committed"
RowsOf(k)     == {r \in rows[k] : IsCommitted(r.by)}

(* Locks: of leaders on rows of generations and on children, of producers on children. *)
HoldsRow(l, g)   == leader[l].step \in {"check", "set", "moved", "sealTable", "sealRead", "pruneTable", "truncate"}
                    /\ leader[l].seg = g /\ leader[l].locked
RowFree(l, g)    == \A m \in Leaders \ {l} : ~HoldsRow(m, g)
Shares(l, k)     == leader[l].step = "sealRead" /\ leader[l].child = k
Excludes(l, k)   == leader[l].step = "truncate" /\ leader[l].child = k
WriterMay(k)     == \A l \in Leaders : ~Excludes(l, k) /\ (Fault = "sealSansLock" \/ ~Shares(l, k))
NoWriter(k)      == \A p \in Producers : k \notin pLocks[p]

(* ------------------------------- enqueue ------------------------------- *)

SetProducer(p, x) == producer' = [producer EXCEPT ![p] = x]

Enqueue(p) ==               \* all of it in one step
  /\ ~Asleep /\ producer[p].step = "idle" /\ WriterMay(pointer.child)
  /\ \E l \in Lanes :
       /\ lastSeq' = [lastSeq EXCEPT ![l] = @ + 1]
       /\ rows' = [rows EXCEPT ![pointer.child] = @ \cup {[by |-> p, seg |-> pointer.seg, lane |-> l, seq |-> lastSeq[l] + 1]}]
       /\ SetProducer(p, [step |-> "committed", lane |-> l])
  /\ job' = [job EXCEPT ![p] = "waiting"] /\ flushed' = pointer
  /\ UNCHANGED <<pointer, gens, ledger, exhausted, pLocks, closer, leader, counters, broken>>

Begin(p) ==                 \* reserve: read the pointer
  /\ Asleep /\ producer[p].step = "idle"
  /\ \E l \in Lanes : SetProducer(p, [step |-> "read", at |-> pointer, lane |-> l, seq |-> 0])
  /\ UNCHANGED <<pointer, flushed, gens, data, pLocks, closer, leader, counters, broken>>

LockChild(p) ==
  /\ producer[p].step = "read" /\ (Fault = "noLock" \/ WriterMay(producer[p].at.child))
  /\ SetProducer(p, [producer[p] EXCEPT !.step = "locked"])
  /\ pLocks' = IF Fault = "noLock" THEN pLocks ELSE [pLocks EXCEPT ![p] = @ \cup {producer[p].at.child}]
  /\ UNCHANGED <<pointer, flushed, gens, data, closer, leader, counters, broken>>

(* nextval.  The read before it only saves positions, as in LaneLedger. *)
Allocate(p) ==
  /\ producer[p].step = "locked"
  /\ LET l == producer[p].lane
     IN /\ lastSeq' = [lastSeq EXCEPT ![l] = @ + 1]
        /\ SetProducer(p, [producer[p] EXCEPT !.step = "allocated", !.seq = lastSeq[l] + 1])
  /\ UNCHANGED <<pointer, flushed, gens, rows, ledger, exhausted, job, pLocks, closer, leader, counters, broken>>

Reread(p) ==                \* the segment stands, or everything from the start; the guard is set
  /\ producer[p].step = "allocated"
  /\ SetProducer(p, IF pointer = producer[p].at \/ Fault \in {"noReread", "pointerIsARow"}
                      THEN [producer[p] EXCEPT !.step = "reserved"]
                      ELSE [producer[p] EXCEPT !.step = "read", !.at = pointer, !.seq = 0])
  /\ UNCHANGED <<pointer, flushed, gens, data, pLocks, closer, leader, counters, broken>>

RollBack(p) ==              \* to a savepoint before reserve: the lock goes, and with it the guard
  /\ producer[p].step = "reserved" /\ rollbacks < MaxRollbacks
  /\ rollbacks' = rollbacks + 1
  /\ pLocks' = [pLocks EXCEPT ![p] = {}]
  /\ SetProducer(p, IF Fault = "noGuard" THEN producer[p] ELSE Resting)
  /\ UNCHANGED <<pointer, flushed, gens, data, closer, leader, nonces, releases, stops, crashes, broken>>

InsertRow(p) ==             \* INSERT or COPY; the statement locks the child, where nobody did before
  /\ producer[p].step = "reserved" /\ WriterMay(producer[p].at.child)
  /\ LET x == producer[p]
         g == gens[x.at.seg]
     IN /\ rows' = [rows EXCEPT ![x.at.child] = @ \cup {[by |-> p, seg |-> x.at.seg, lane |-> x.lane, seq |-> x.seq]}]
        /\ pLocks' = [pLocks EXCEPT ![p] = @ \cup {x.at.child}]
        /\ broken' = broken \cup (IF g.state # "open" THEN {"late"} ELSE {})
        /\ SetProducer(p, [x EXCEPT !.step = "inserted"])
  /\ UNCHANGED <<pointer, flushed, gens, ledger, exhausted, job, lastSeq, closer, leader, counters>>

Without(p) == [k \in Children |-> {r \in rows[k] : r.by # p}]

End(p, commit) ==
  /\ producer[p].step = "inserted"
  /\ pLocks' = [pLocks EXCEPT ![p] = {}]
  /\ IF commit
       THEN /\ SetProducer(p, [step |-> "committed", lane |-> producer[p].lane])
            /\ job' = [job EXCEPT ![p] = "waiting"] /\ flushed' = pointer /\ UNCHANGED rows
       ELSE /\ SetProducer(p, [step |-> "aborted"])
            /\ rows' = Without(p) /\ UNCHANGED <<job, flushed>>
  /\ UNCHANGED <<pointer, gens, ledger, exhausted, lastSeq, closer, leader, counters, broken>>

(* ----------------- claim, close, release: LaneLedger and Close ----------------- *)

SegmentOf(r) == CHOOSE g \in Segments : IsLive(g) /\ \E q \in rows[gens[g].child] : q = r

Claim(k, r) ==              \* one ledger row; the token goes to whoever asks, or ends at once
  /\ r \in RowsOf(k) /\ job[r.by] = "waiting"
  /\ nonces' = nonces + 1
  /\ job' = [job EXCEPT ![r.by] = IF Closers = {} THEN "closed" ELSE "taken"]
  /\ ledger' = [ledger EXCEPT ![k] = Append(@, [by |-> r.by, nonce |-> nonces + 1, open |-> Closers # {}])]
  /\ IF Closers = {} THEN UNCHANGED closer
     ELSE \E c \in Closers :
            /\ closer[c].step = "idle"
            /\ closer' = [closer EXCEPT ![c] = [step |-> "holds", by |-> r.by, seg |-> r.seg, no |-> Len(ledger[k]) + 1,
                                                nonce |-> nonces + 1, child |-> 0]]
  /\ UNCHANGED <<pointer, flushed, gens, rows, exhausted, lastSeq, producer, pLocks, leader, releases, stops,
                 rollbacks, crashes, broken>>

LookUp(c) ==                \* close: the child that carries the segment, or stale
  /\ closer[c].step = "holds"
  /\ closer' = [closer EXCEPT ![c] = IF IsLive(closer[c].seg)
                                       THEN [@ EXCEPT !.step = "knows", !.child = gens[closer[c].seg].child] ELSE Resting]
  /\ UNCHANGED <<pointer, flushed, gens, data, producer, pLocks, leader, counters, broken>>

Close(c) ==                 \* the child may carry another segment by now
  /\ closer[c].step = "knows"
  /\ \A l \in Leaders : ~Excludes(l, closer[c].child)
  /\ LET x == closer[c]
         l == ledger[x.child]
         known == /\ x.no <= Len(l)
                  /\ l[x.no].open
                  /\ Fault = "noNonce" \/ l[x.no].nonce = x.nonce
     IN /\ IF known
             THEN /\ ledger' = [ledger EXCEPT ![x.child][x.no].open = FALSE]
                  /\ job' = [job EXCEPT ![l[x.no].by] = "closed"]
                  /\ broken' = broken \cup (IF l[x.no].nonce # x.nonce THEN {"stale"} ELSE {})
             ELSE UNCHANGED <<ledger, job, broken>>
        /\ closer' = [closer EXCEPT ![c] = Resting]
  /\ UNCHANGED <<pointer, flushed, gens, rows, exhausted, lastSeq, producer, pLocks, leader, counters>>

Release(k, n) ==            \* by rescue or a worker that stops; the token stays with its closer
  /\ releases < MaxReleases /\ n \in 1 .. Len(ledger[k]) /\ ledger[k][n].open
  /\ releases' = releases + 1
  /\ ledger' = [ledger EXCEPT ![k][n].open = FALSE]
  /\ job' = [job EXCEPT ![ledger[k][n].by] = "waiting"]
  /\ exhausted' = IF Fault = "keepExhausted" THEN exhausted
                  ELSE {e \in exhausted : gens[e[1]].child # k \/ e[2] # producer[ledger[k][n].by].lane}
  /\ UNCHANGED <<pointer, flushed, gens, rows, lastSeq, parties, leader, nonces, stops, rollbacks, crashes, broken>>

Exhaust(g, l) ==            \* a claim of a sealed segment that found nothing left in the lane
  /\ gens[g].state = "sealed" /\ l \in gens[g].lanes /\ <<g, l>> \notin exhausted
  /\ \A r \in RowsOf(gens[g].child) : r.lane = l => job[r.by] # "waiting"
  /\ exhausted' = exhausted \cup {<<g, l>>}
  /\ UNCHANGED <<pointer, flushed, gens, rows, ledger, job, lastSeq, parties, leader, counters, broken>>

(* ------------------------------ maintenance ------------------------------ *)

SetLeader(l, x) == leader' = [leader EXCEPT ![l] = x]
Rest(l) == SetLeader(l, Resting)
Only(l, x) == /\ SetLeader(l, x) /\ UNCHANGED <<pointer, flushed, gens, data, parties, counters, broken>>
KeepAll == UNCHANGED <<data, parties, counters>>

RegisterRead(l) ==
  /\ leader[l].step = "idle" /\ pointer.seg < LastSegment
  /\ Only(l, [step |-> "registerLook", at |-> pointer])

RegisterLook(l) ==          \* nothing ahead of the pointer (that something is in the segment only saves rotations)
  /\ leader[l].step = "registerLook"
  /\ LET v == leader[l].at
     IN Only(l, IF \E g \in Segments : g > v.seg /\ gens[g].state # "none"
                  THEN Resting ELSE [step |-> "registerChoose", at |-> v])

Free == {k \in Children : \A g \in Segments : IsLive(g) => gens[g].child # k}

RegisterChoose(l) ==        \* SkippedBusy where no child is free
  /\ leader[l].step = "registerChoose"
  /\ Only(l, IF Free = {} THEN Resting ELSE [step |-> "registerInsert", at |-> leader[l].at, child |-> Min(Free)])

RegisterInsert(l) ==        \* ON CONFLICT DO NOTHING on the segment and on its child; commit
  /\ leader[l].step = "registerInsert"
  /\ LET g == leader[l].at.seg + 1
         k == leader[l].child
     IN IF Fault = "registerOver" \/ (gens[g].state = "none" /\ k \in Free)
          THEN /\ gens' = [gens EXCEPT ![g] = [state |-> "open", child |-> k, lanes |-> {}]]
               /\ flushed' = pointer
          ELSE UNCHANGED <<gens, flushed>>
  /\ Rest(l) /\ KeepAll /\ UNCHANGED <<pointer, broken>>

MoveRead(l) ==
  /\ leader[l].step = "idle"
  /\ Only(l, [step |-> "moveLock", seg |-> pointer.seg, child |-> pointer.child, locked |-> FALSE])

MoveLock(l) ==              \* FOR UPDATE on the row of the segment the pointer is to leave
  /\ leader[l].step = "moveLock" /\ (Fault = "noHeadLock" \/ RowFree(l, leader[l].seg))
  /\ Only(l, [leader[l] EXCEPT !.step = "check", !.locked = Fault # "noHeadLock"])

MoveCheck(l) ==             \* the pointer once more, then the next segment
  /\ leader[l].step = "check"
  /\ LET x == leader[l]
         n == x.seg + 1
         stands == Fault = "noSecondLook" \/ (pointer.seg = x.seg /\ pointer.child = x.child)
         found  == n \in Segments /\ (gens[n].state = "open" \/ (Fault = "moveFirst" /\ gens[n].state = "none" /\ Free # {}))
     IN Only(l, IF stands /\ found THEN [x EXCEPT !.step = "set"] ELSE Resting)

MoveSet(l) ==               \* setval: for everybody, now
  /\ leader[l].step = "set"
  /\ LET n == leader[l].seg + 1
     IN /\ pointer' = [seg |-> n, child |-> IF gens[n].state = "none" THEN Min(Free) ELSE gens[n].child]
        /\ broken' = broken \cup (IF n <= pointer.seg THEN {"back"} ELSE {})
  /\ SetLeader(l, [leader[l] EXCEPT !.step = "moved"])
  /\ KeepAll /\ UNCHANGED <<gens, flushed>>

MoveEnd(l) ==               \* an abort here is Stop: the pointer stays
  /\ leader[l].step = "moved"
  /\ flushed' = pointer
  /\ gens' = IF Fault = "moveFirst" /\ gens[pointer.seg].state = "none"
               THEN [gens EXCEPT ![pointer.seg] = [state |-> "open", child |-> pointer.child, lanes |-> {}]] ELSE gens
  /\ Rest(l) /\ KeepAll /\ UNCHANGED <<pointer, broken>>

SealRead(l, g) ==
  /\ leader[l].step = "idle" /\ IsLive(g) /\ (g < pointer.seg \/ Fault = "sealCurrent")
  /\ Only(l, [step |-> "sealRow", seg |-> g, locked |-> FALSE])

SealRow(l) ==               \* FOR UPDATE, not sealed yet
  /\ leader[l].step = "sealRow" /\ RowFree(l, leader[l].seg)
  /\ LET g == leader[l].seg
     IN Only(l, IF gens[g].state = "open"
                  THEN [step |-> "sealTable", seg |-> g, child |-> gens[g].child, locked |-> TRUE,
                        lanes |-> {r.lane : r \in RowsOf(gens[g].child)}]
                  ELSE Resting)

SealTable(l) ==             \* SHARE NOWAIT: Blocked while a writer holds the child
  /\ leader[l].step = "sealTable"
  /\ LET k == leader[l].child
     IN Only(l, IF Fault = "sealSansLock" \/ (NoWriter(k) /\ \A m \in Leaders : ~Excludes(m, k))
                  THEN [leader[l] EXCEPT !.step = "sealRead"] ELSE Resting)

SealEnd(l) ==               \* the lanes, by a statement after the lock; commit
  /\ leader[l].step = "sealRead"
  /\ LET x == leader[l]
     IN gens' = [gens EXCEPT ![x.seg].state = "sealed",
                             ![x.seg].lanes = IF Fault = "lanesFirst" THEN x.lanes ELSE {r.lane : r \in RowsOf(x.child)}]
  /\ flushed' = pointer
  /\ Rest(l) /\ KeepAll /\ UNCHANGED <<pointer, broken>>

NoOpenClaim(k) == \A n \in 1 .. Len(ledger[k]) : ~ledger[k][n].open

Finish(l, g) ==             \* all facts in one statement
  /\ leader[l].step = "idle"
  /\ gens[g].state = "sealed" \/ (Fault = "finishUnsealed" /\ gens[g].state = "open" /\ g < pointer.seg)
  /\ LET k == gens[g].child
         lanes == IF gens[g].state = "sealed" THEN gens[g].lanes ELSE {r.lane : r \in RowsOf(k)}
     IN /\ \A n \in lanes : <<g, n>> \in exhausted
        /\ NoOpenClaim(k)
  /\ gens' = [gens EXCEPT ![g].state = "finished"] /\ flushed' = pointer
  /\ KeepAll /\ UNCHANGED <<pointer, leader, broken>>

PruneRow(l, g) ==           \* FOR UPDATE, finished and not reclaimed
  /\ leader[l].step = "idle" /\ gens[g].state = "finished" /\ (Fault = "pruneFirstLook" \/ RowFree(l, g))
  /\ Only(l, [step |-> "pruneTable", seg |-> g, child |-> gens[g].child, locked |-> Fault # "pruneFirstLook"])

PruneTable(l) ==            \* ACCESS EXCLUSIVE NOWAIT: Blocked while anybody holds the child
  /\ leader[l].step = "pruneTable"
  /\ LET k == leader[l].child
     IN Only(l, IF NoWriter(k) /\ \A m \in Leaders : ~Excludes(m, k) /\ ~Shares(m, k)
                  THEN [leader[l] EXCEPT !.step = "truncate"] ELSE Resting)

PruneEnd(l) ==              \* TRUNCATE, the exhaustions, reclaimed_at; commit
  /\ leader[l].step = "truncate"
  /\ LET g == leader[l].seg
         k == leader[l].child
     IN /\ broken' = broken \cup (IF \E r \in RowsOf(k) : job[r.by] # "closed" THEN {"loss"} ELSE {})
        /\ rows' = [rows EXCEPT ![k] = {}]
        /\ ledger' = [ledger EXCEPT ![k] = <<>>]
        /\ exhausted' = {e \in exhausted : e[1] # g}
        /\ gens' = [gens EXCEPT ![g].state = "reclaimed"]
  /\ flushed' = pointer
  /\ Rest(l) /\ UNCHANGED <<pointer, job, lastSeq, parties, counters>>

Stop(l) ==                  \* it dies, or its transaction aborts: locks go, setval stays
  /\ leader[l].step # "idle" /\ stops < MaxStops
  /\ stops' = stops + 1
  /\ Rest(l)
  /\ UNCHANGED <<pointer, flushed, gens, data, parties, nonces, releases, rollbacks, crashes, broken>>

(* The server dies: all transactions are over.  A pointer that nobody's commit has flushed may be the old one again. *)
Crash ==
  /\ crashes < MaxCrashes
  /\ crashes' = crashes + 1
  /\ pointer' \in {pointer, flushed} /\ flushed' = pointer'
  /\ leader' = [l \in Leaders |-> Resting]
  /\ LET over == {p \in Producers : producer[p].step \notin {"idle", "committed", "aborted"}}
     IN /\ producer' = [p \in Producers |-> IF p \in over THEN [step |-> "aborted"] ELSE producer[p]]
        /\ rows' = [k \in Children |-> {r \in rows[k] : r.by \notin over}]
  /\ pLocks' = [p \in Producers |-> {}]
  /\ UNCHANGED <<gens, ledger, exhausted, job, lastSeq, closer, nonces, releases, stops, rollbacks, broken>>

Next ==
  \/ \E p \in Producers : \/ Enqueue(p) \/ Begin(p) \/ LockChild(p) \/ Allocate(p) \/ Reread(p) \/ RollBack(p) \/ InsertRow(p)
                          \/ End(p, TRUE) \/ (MayAbort /\ End(p, FALSE))
  \/ \E k \in Children : (\E r \in rows[k] : Claim(k, r)) \/ (\E n \in 1 .. Len(ledger[k]) : Release(k, n))
  \/ \E c \in Closers : LookUp(c) \/ Close(c)
  \/ \E g \in Segments, l \in Lanes : Exhaust(g, l)
  \/ \E l \in Leaders : \/ RegisterRead(l) \/ RegisterLook(l) \/ RegisterChoose(l) \/ RegisterInsert(l)
                        \/ MoveRead(l) \/ MoveLock(l) \/ MoveCheck(l) \/ MoveSet(l) \/ MoveEnd(l)
                        \/ SealRow(l) \/ SealTable(l) \/ SealEnd(l)
                        \/ PruneTable(l) \/ PruneEnd(l) \/ Stop(l)
                        \/ \E g \in Segments : SealRead(l, g) \/ Finish(l, g) \/ PruneRow(l, g)
  \/ Crash

Spec == Init /\ [][Next]_vars
Symmetry == Permutations(Leaders) \cup Permutations(Producers) \cup Permutations(Closers)

-----------------------------------------------------------------------------
(* The pointer is moved forward only. *)
PointerAscends == "back" \notin broken

(* It names a registered segment that takes rows, and the child that carries it. *)
PointerOpen == gens[pointer.seg].state = "open" /\ gens[pointer.seg].child = pointer.child

(* A child carries one segment at a time. *)
OneOwner == \A g, h \in Segments : g # h /\ IsLive(g) /\ IsLive(h) => gens[g].child # gens[h].child

(* Nothing comes into a segment that is sealed, finished or given away. *)
SealFinal == "late" \notin broken

(* What stands in a child was written for the segment that it carries. *)
InItsSegment == \A k \in Children : \A r \in rows[k] : IsLive(r.seg) /\ gens[r.seg].child = k

(* In a lane, positions of a segment lie below those of the next. *)
SegmentOrder == \A k, m \in Children : \A r \in rows[k], q \in rows[m] :
                  r.lane = q.lane /\ r.seg < q.seg => r.seq < q.seq

(* A sealed segment knows all its lanes: finish asks for no other. *)
LanesComplete == \A g \in Segments : gens[g].state \in {"sealed", "finished"} =>
                   {r.lane : r \in RowsOf(gens[g].child)} \subseteq gens[g].lanes

(* No committed job is truncated before its end. *)
NoLoss == "loss" \notin broken

(* A token of a claim that is gone ends nobody else's job. *)
StaleNeverWins == "stale" \notin broken

(* Whoever died between register and move: the next mover finds the segment and may move to it. *)
NextMoves == pointer.seg < LastSegment /\ gens[pointer.seg + 1].state # "none" => gens[pointer.seg + 1].state = "open"

(* Must be violated: the models reach what they are about. *)
NeverReused    == ~(\E g \in Segments : g > ChildCount /\ IsLive(g) /\ \E r \in RowsOf(gens[g].child) : job[r.by] = "closed")
NeverAbandoned == ~(\E g \in Segments : g = pointer.seg + 1 /\ gens[g].state = "open" /\ stops > 0 /\ pointer.seg > 1)
NeverLate      == ~(\E p \in Producers : producer[p].step = "inserted" /\ \E g \in Segments : g > producer[p].at.seg + 1 /\ IsLive(g))
NeverMovedBack == ~(crashes > 0 /\ pointer.seg = 1 /\ gens[2].state = "open" /\ \A l \in Leaders : leader[l].step = "idle" /\ nonces = 0)
===============================================================================
