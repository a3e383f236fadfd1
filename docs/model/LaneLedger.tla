------------------------------ MODULE LaneLedger ------------------------------
(***************************************************************************)
(* One lane of the segment family, from enqueue to prune.                  *)
(*                                                                         *)
(* Producers append jobs to the current segment inside their own           *)
(* transactions and commit in any order, so a claim can meet positions     *)
(* whose producer still runs: holes.  Claimers append rows to the ledger   *)
(* of the segment that holds the bodies; the newest row is the lane's      *)
(* cursor.  The leader rotates, seals, finishes and prunes segments and    *)
(* gives their child tables to newer ones.                                 *)
(*                                                                         *)
(* The questions: is each committed job offered exactly once, in commit    *)
(* order, and is nothing live ever truncated?                              *)
(*                                                                         *)
(* A step is a statement, or the part of one that sees a single snapshot.  *)
(* README.md says what was merged and what is left out.                    *)
(***************************************************************************)
EXTENDS Integers, FiniteSets, TLC

CONSTANTS
  Producers, Claimers,   \* model values, one transaction a producer
  JobsPerProducer,       \* positions that one transaction takes
  RowByRow,              \* TRUE: one nextval a step; FALSE: the whole run in one step
  Limit,                 \* n of claim(lane, n)
  ChildCount,            \* child tables
  LastGeneration,        \* segments; more of them than children: a child is used again
  MaxReleases,           \* how many claimed members may be released
  MaxCancels,            \* how many available jobs may be cancelled
  Fault                  \* "none", or the safeguard to take away (see Faults)

Faults == {
  "none",
  "judgeEarly",          \* judge is assigned before the scan
  "dropUnseen",          \* holes die although LIMIT left rows in them
  "sealedReadLate",      \* sealed is read after the probe
  "limitBeforeMarks",    \* LIMIT counts cancelled jobs
  "keepExhausted",       \* release leaves the exhaustion in place
  "finishTwice",         \* finish reads its facts in two snapshots
  "noGenerationCheck",   \* the ledger INSERT does not look at the generation
  "sealedFirst",         \* the oldest sealed segment hides older unsealed ones too
  "noReread"}            \* enqueue does not read the pointer again after nextval

ASSUME Fault \in Faults

Children    == 1 .. ChildCount
Generations == 1 .. LastGeneration
LastPos     == Cardinality(Producers) * JobsPerProducer * LastGeneration
Positions   == 1 .. LastPos
Child(g)    == ((g - 1) % ChildCount) + 1
Max(S)      == CHOOSE x \in S : \A y \in S : y <= x
Min(S)      == CHOOSE x \in S : \A y \in S : y >= x
EmptyLedger == [no |-> 0, high |-> 0, old |-> {}, young |-> {}, judge |-> {}]
NoCandidate == [gen |-> 0]

VARIABLES
  pointer,     \* the cell current_segment
  registered,  \* newest registered generation; ahead of the pointer inside a rotation
  phase,       \* generation -> none, live, sealed, finished, pruned
  present,     \* generation -> the lane had rows at the seal
  exhausted,   \* generation -> the row in `exhausted`
  halfDone,    \* fault finishTwice: the generation whose first facts were read
  lastSeq,     \* the lane's sequence
  pStep,       \* producer -> idle, read, lock, alloc, inserted, committed, aborted
  pSegment,    \* producer -> the segment it read from the pointer
  pPositions,  \* producer -> the positions it holds
  pLocks,      \* producer -> children locked ROW EXCLUSIVE
  pBefore,     \* producer -> producers that had committed when it allocated (for Fifo)
  rows,        \* child -> positions inserted, committed or not
  ledger,      \* child -> its newest committed ledger row
  offered,     \* position -> none, open, closed, released
  marks,       \* cancelled positions
  cStep,       \* claimer -> idle, probe, decide, insert
  cToProbe,    \* claimer -> segments it will still probe
  cSealed,     \* claimer -> those of them that its list showed as sealed
  cCandidate,  \* claimer -> the oldest probe that found something
  cJudge,      \* claimer -> its judge
  cLocks,      \* claimer -> children locked ACCESS SHARE
  releases, cancels,
  broken       \* what the history has violated so far

segmentVars  == <<pointer, registered, phase, present, exhausted, halfDone>>
producerVars == <<pStep, pSegment, pPositions, pLocks, pBefore>>
claimerVars  == <<cStep, cToProbe, cSealed, cCandidate, cJudge, cLocks>>
counters     == <<releases, cancels>>
vars == <<segmentVars, lastSeq, producerVars, rows, ledger, offered, marks, claimerVars, counters, broken>>

Init ==
  /\ pointer = 1 /\ registered = 1 /\ halfDone = 0 /\ lastSeq = 0
  /\ phase = [g \in Generations |-> IF g = 1 THEN "live" ELSE "none"]
  /\ present = [g \in Generations |-> FALSE]
  /\ exhausted = [g \in Generations |-> FALSE]
  /\ pStep = [p \in Producers |-> "idle"]
  /\ pSegment = [p \in Producers |-> 0]
  /\ pPositions = [p \in Producers |-> {}]
  /\ pLocks = [p \in Producers |-> {}]
  /\ pBefore = [p \in Producers |-> {}]
  /\ rows = [k \in Children |-> {}]
  /\ ledger = [k \in Children |-> EmptyLedger]
  /\ offered = [x \in Positions |-> "none"]
  /\ marks = {}
  /\ cStep = [c \in Claimers |-> "idle"]
  /\ cToProbe = [c \in Claimers |-> {}]
  /\ cSealed = [c \in Claimers |-> {}]
  /\ cCandidate = [c \in Claimers |-> NoCandidate]
  /\ cJudge = [c \in Claimers |-> {}]
  /\ cLocks = [c \in Claimers |-> {}]
  /\ releases = 0 /\ cancels = 0 /\ broken = {}

-----------------------------------------------------------------------------
(* Transactions.  Committed: visible to a snapshot taken now.  A transaction *)
(* id is never written down: a judge is the set of transactions with a       *)
(* smaller id that still run, so `xmin >= judge` is `judge = {}`.            *)

Running == {p \in Producers : pStep[p] \in {"read", "lock", "alloc", "inserted"}}
           \cup {c \in Claimers : \/ cStep[c] = "insert"
                                  \/ Fault = "judgeEarly" /\ cStep[c] # "idle"}
CommittedProducers == {p \in Producers : pStep[p] = "committed"}
Committed == UNION {pPositions[p] : p \in CommittedProducers}

(* Transaction t has ended: no judge in the ledger waits for it any more. *)
Ended(l, t) == [k \in Children |-> [l[k] EXCEPT !.judge = @ \ {t}]]

IsLive(g)  == phase[g] \notin {"none", "pruned"}
IsSealed(g) == phase[g] \notin {"none", "live"}

(* ------------------------------- enqueue ------------------------------- *)

Begin(p) ==                 \* pg_current_xact_id(), then read the pointer
  /\ pStep[p] = "idle"
  /\ pStep' = [pStep EXCEPT ![p] = "read"]
  /\ pSegment' = [pSegment EXCEPT ![p] = pointer]
  /\ UNCHANGED <<segmentVars, lastSeq, pPositions, pLocks, pBefore, rows, ledger, offered, marks,
                 claimerVars, counters, broken>>

LockChild(p) ==
  /\ pStep[p] = "read"
  /\ pStep' = [pStep EXCEPT ![p] = "lock"]
  /\ pLocks' = [pLocks EXCEPT ![p] = @ \cup {Child(pSegment[p])}]
  /\ UNCHANGED <<segmentVars, lastSeq, pSegment, pPositions, pBefore, rows, ledger, offered, marks,
                 claimerVars, counters, broken>>

(* nextval.  The protocol reads the pointer before it, too; that only saves positions *)
(* (the pointer may move right after), so the model does without.                     *)
Allocate(p) ==
  /\ pStep[p] = "lock"
  /\ LET taken == IF RowByRow THEN 1 ELSE JobsPerProducer
         held  == pPositions[p] \cup (lastSeq + 1 .. lastSeq + taken)
     IN /\ lastSeq' = lastSeq + taken
        /\ pPositions' = [pPositions EXCEPT ![p] = held]
        /\ pBefore' = IF pPositions[p] # {} THEN pBefore
                      ELSE [pBefore EXCEPT ![p] = CommittedProducers]
        /\ pStep' = IF Cardinality(held) = JobsPerProducer THEN [pStep EXCEPT ![p] = "alloc"] ELSE pStep
  /\ UNCHANGED <<segmentVars, pSegment, pLocks, rows, ledger, offered, marks, claimerVars, counters, broken>>

InsertRows(p) ==            \* read the pointer again, then INSERT, or start over
  /\ pStep[p] = "alloc"
  /\ IF pointer = pSegment[p] \/ Fault = "noReread"
       THEN /\ pStep' = [pStep EXCEPT ![p] = "inserted"]
            /\ rows' = [rows EXCEPT ![Child(pSegment[p])] = @ \cup pPositions[p]]
            /\ UNCHANGED <<pSegment, pPositions, pBefore>>
       ELSE /\ pStep' = [pStep EXCEPT ![p] = "read"]
            /\ pSegment' = [pSegment EXCEPT ![p] = pointer]
            /\ pPositions' = [pPositions EXCEPT ![p] = {}]
            /\ pBefore' = [pBefore EXCEPT ![p] = {}]
            /\ UNCHANGED rows
  /\ UNCHANGED <<segmentVars, lastSeq, pLocks, ledger, offered, marks, claimerVars, counters, broken>>

End(p, commit) ==
  /\ pStep[p] = "inserted"
  /\ pLocks' = [pLocks EXCEPT ![p] = {}]
  /\ ledger' = Ended(ledger, p)
  /\ cJudge' = [c \in Claimers |-> cJudge[c] \ {p}]
  /\ IF commit
       THEN /\ pStep' = [pStep EXCEPT ![p] = "committed"]
            /\ UNCHANGED <<rows, pPositions, pSegment, pBefore>>
       ELSE /\ pStep' = [pStep EXCEPT ![p] = "aborted"]
            /\ rows' = [k \in Children |-> rows[k] \ pPositions[p]]
            /\ pPositions' = [pPositions EXCEPT ![p] = {}]
            /\ pBefore' = [pBefore EXCEPT ![p] = {}]
            /\ pSegment' = [pSegment EXCEPT ![p] = 0]
  /\ UNCHANGED <<segmentVars, lastSeq, offered, marks, cStep, cToProbe, cSealed, cCandidate, cLocks,
                 counters, broken>>

(* -------------------------------- claim -------------------------------- *)

Listed == {g \in Generations : IsLive(g) /\ (phase[g] = "live" \/ (present[g] /\ ~exhausted[g]))}

(* The oldest sealed segment hides the newer ones.  Unsealed segments older *)
(* than it are probed too: a long transaction can keep one from its seal.   *)
Visible(list, sealed) ==
  IF sealed = {} THEN list
  ELSE IF Fault = "sealedFirst" THEN {Min(sealed)}
  ELSE {g \in list : g <= Min(sealed)}

List(c) ==                  \* the snapshot that says which segments are sealed
  /\ cStep[c] = "idle" /\ Listed # {}
  /\ LET sealed == {g \in Listed : IsSealed(g)}
         probes == Visible(Listed, sealed)
     IN /\ cToProbe' = [cToProbe EXCEPT ![c] = probes]
        /\ cSealed' = [cSealed EXCEPT ![c] = sealed \cap probes]
  /\ cStep' = [cStep EXCEPT ![c] = "probe"]
  /\ cJudge' = IF Fault = "judgeEarly" THEN [cJudge EXCEPT ![c] = Running] ELSE cJudge
  /\ UNCHANGED <<segmentVars, lastSeq, producerVars, rows, ledger, offered, marks, cCandidate, cLocks,
                 counters, broken>>

Lowest(S) == {x \in S : Cardinality({y \in S : y < x}) < Limit}

(* What one probe of generation g's child finds, and the ledger row it leads to. *)
(* The child may carry another generation by now; the probe cannot tell.         *)
Scan(g, sealed) ==
  LET last  == ledger[Child(g)]
      holes == last.old \cup last.young
      seen  == {x \in rows[Child(g)] \cap Committed : x \in holes \/ x > last.high}
      taken == IF Fault = "limitBeforeMarks" THEN Lowest(seen) \ marks ELSE Lowest(seen \ marks)
      full  == Cardinality(taken) = Limit
      passed == IF Fault = "limitBeforeMarks" THEN {}
                ELSE {x \in seen \cap marks : x > last.high /\ (full => x < Max(taken))}
      high  == Max({last.high} \cup taken \cup passed)
      gaps  == (last.high + 1 .. high) \ (taken \cup passed)
      \* no visible row is left in a hole
      clear == Fault = "dropUnseen" \/ ~full \/ Max(taken) > last.high
  IN [gen |-> g, no |-> last.no, taken |-> taken, full |-> full, high |-> high, sealed |-> sealed,
      clear |-> clear,
      hit |-> taken # {} \/ passed # {} \/ sealed,
      old |-> IF clear /\ (sealed \/ last.judge = {}) THEN {} ELSE last.old \ taken,
      young |-> IF clear /\ sealed THEN {} ELSE (last.young \cup gaps) \ taken]

Leave(c) ==                 \* the claimer's transaction ends
  /\ cStep' = [cStep EXCEPT ![c] = "idle"]
  /\ cToProbe' = [cToProbe EXCEPT ![c] = {}]
  /\ cSealed' = [cSealed EXCEPT ![c] = {}]
  /\ cCandidate' = [cCandidate EXCEPT ![c] = NoCandidate]
  /\ cLocks' = [cLocks EXCEPT ![c] = {}]
  /\ cJudge' = [d \in Claimers |-> IF d = c THEN {} ELSE cJudge[d] \ {c}]

Probe(c) ==                 \* newest first; the oldest that found something stays
  /\ cStep[c] = "probe"
  /\ LET g    == Max(cToProbe[c])
         s    == Scan(g, g \in cSealed[c])
         best == IF s.hit THEN s ELSE cCandidate[c]
         rest == cToProbe[c] \ {g}
     IN IF rest = {} /\ best.gen = 0
          THEN Leave(c) /\ ledger' = Ended(ledger, c)
          ELSE /\ cToProbe' = [cToProbe EXCEPT ![c] = rest]
               /\ cSealed' = [cSealed EXCEPT ![c] = @ \cap rest]
               /\ cCandidate' = [cCandidate EXCEPT ![c] = best]
               /\ cLocks' = [cLocks EXCEPT ![c] = @ \cup {Child(g)}]
               /\ cStep' = [cStep EXCEPT ![c] = IF rest = {} THEN "decide" ELSE "probe"]
               /\ UNCHANGED <<cJudge, ledger>>
  /\ UNCHANGED <<segmentVars, lastSeq, producerVars, rows, offered, marks, counters, broken>>

SealedNow(s) == IF Fault = "sealedReadLate" THEN IsSealed(s.gen) ELSE s.sealed
OldLeft(s)   == IF Fault = "sealedReadLate" /\ s.clear /\ SealedNow(s) THEN {} ELSE s.old
YoungLeft(s) == IF Fault = "sealedReadLate" /\ s.clear /\ SealedNow(s) THEN {} ELSE s.young

(* The judge decides only where holes are left and become old. *)
NeedsJudge(c) == OldLeft(cCandidate[c]) = {} /\ YoungLeft(cCandidate[c]) # {}

AssignJudge(c) ==           \* pg_current_xact_id(), after the scan
  /\ cStep[c] = "decide" /\ NeedsJudge(c)
  /\ cStep' = [cStep EXCEPT ![c] = "insert"]
  /\ cJudge' = IF Fault = "judgeEarly" THEN cJudge ELSE [cJudge EXCEPT ![c] = Running]
  /\ UNCHANGED <<segmentVars, lastSeq, producerVars, rows, ledger, offered, marks, cToProbe, cSealed,
                 cCandidate, cLocks, counters, broken>>

OwnerOf(x) == CHOOSE p \in Producers : x \in pPositions[p]

(* b is offered for the first time, and a job that had committed before b's *)
(* producer allocated was not offered yet and is not offered ahead of b.    *)
OutOfOrder(P) ==
  \E b \in P : /\ offered[b] = "none"
               /\ \E q \in pBefore[OwnerOf(b)] : \E a \in pPositions[q] :
                    offered[a] = "none" /\ a \notin marks /\ (a \in P => a > b)

(* INSERT ... WHERE the generation is not reclaimed ON CONFLICT DO NOTHING, the *)
(* row in `exhausted` after it, commit.  The child lock was taken by the probe, *)
(* so what the INSERT finds about the generation cannot change before commit.   *)
InsertLedger(c) ==
  /\ cStep[c] = "insert" \/ (cStep[c] = "decide" /\ ~NeedsJudge(c))
  /\ LET s   == cCandidate[c]
         k   == Child(s.gen)
         old == OldLeft(s)
         yng == YoungLeft(s)
         row == IF old = {}
                  THEN [no |-> s.no + 1, high |-> s.high, old |-> yng, young |-> {},
                        judge |-> IF yng = {} THEN {} ELSE cJudge[c]]
                  ELSE [no |-> s.no + 1, high |-> s.high, old |-> old, young |-> yng, judge |-> ledger[k].judge]
         won == /\ ledger[k].no = s.no
                /\ Fault = "noGenerationCheck" \/ phase[s.gen] # "pruned"
     IN IF won
          THEN /\ ledger' = Ended([ledger EXCEPT ![k] = row], c)
               /\ offered' = [x \in Positions |-> IF x \in s.taken THEN "open" ELSE offered[x]]
               /\ exhausted' = IF SealedNow(s) /\ ~s.full THEN [exhausted EXCEPT ![s.gen] = TRUE] ELSE exhausted
               /\ broken' = broken
                    \cup (IF \E x \in s.taken : offered[x] \in {"open", "closed"} THEN {"double"} ELSE {})
                    \cup (IF OutOfOrder(s.taken) THEN {"fifo"} ELSE {})
          ELSE ledger' = Ended(ledger, c) /\ UNCHANGED <<offered, exhausted, broken>>
  /\ Leave(c)
  /\ UNCHANGED <<pointer, registered, phase, present, halfDone, lastSeq, producerVars, rows, marks, counters>>

(* ------------------- close, release, cancel: one step each ---------------- *)
(* Close with its races is the module Close.  Here a compare-and-set on the   *)
(* ledger makes any longer form of these equal to one step, or to nothing.    *)

GenerationOf(k) == CHOOSE g \in Generations : Child(g) = k /\ IsLive(g)

CloseJob(k, x) ==
  /\ x \in rows[k] /\ offered[x] = "open"
  /\ offered' = [offered EXCEPT ![x] = "closed"]
  /\ UNCHANGED <<segmentVars, lastSeq, producerVars, rows, ledger, marks, claimerVars, counters, broken>>

Release(k, x) ==            \* closure, a row of no members that offers x again, exhaustion withdrawn
  /\ releases < MaxReleases /\ x \in rows[k] /\ offered[x] = "open"
  /\ releases' = releases + 1
  /\ offered' = [offered EXCEPT ![x] = "released"]
  /\ ledger' = [ledger EXCEPT ![k].no = @ + 1, ![k].old = @ \cup {x}]
  /\ exhausted' = IF Fault = "keepExhausted" THEN exhausted ELSE [exhausted EXCEPT ![GenerationOf(k)] = FALSE]
  /\ UNCHANGED <<pointer, registered, phase, present, halfDone, lastSeq, producerVars, rows, marks,
                 claimerVars, cancels, broken>>

Available(k, x) ==
  /\ x \in rows[k] \cap Committed /\ x \notin marks
  /\ x > ledger[k].high \/ x \in ledger[k].old \cup ledger[k].young

Cancel(k, x) ==             \* a mark, and a row of no members that takes x out of the holes
  /\ cancels < MaxCancels /\ Available(k, x)
  /\ cancels' = cancels + 1
  /\ marks' = marks \cup {x}
  /\ ledger' = [ledger EXCEPT ![k].no = @ + 1, ![k].old = @ \ {x}, ![k].young = @ \ {x}]
  /\ UNCHANGED <<segmentVars, lastSeq, producerVars, rows, offered, claimerVars, releases, broken>>

(* ------------------------------ maintenance ------------------------------ *)

Register ==                 \* rotate, first transaction
  /\ registered = pointer /\ pointer < LastGeneration
  /\ \A g \in 1 .. pointer : Child(g) = Child(pointer + 1) => phase[g] = "pruned"
  /\ registered' = pointer + 1
  /\ phase' = [phase EXCEPT ![pointer + 1] = "live"]
  /\ UNCHANGED <<pointer, present, exhausted, halfDone, lastSeq, producerVars, rows, ledger, offered, marks,
                 claimerVars, counters, broken>>

MovePointer ==              \* rotate, second transaction: setval
  /\ registered > pointer
  /\ pointer' = registered
  /\ UNCHANGED <<registered, phase, present, exhausted, halfDone, lastSeq, producerVars, rows, ledger, offered,
                 marks, claimerVars, counters, broken>>

NoWriter(k) == \A p \in Producers : k \notin pLocks[p]
NoReader(k) == \A c \in Claimers : k \notin cLocks[c]

Seal(g) ==                  \* SHARE NOWAIT: no producer holds the child
  /\ phase[g] = "live" /\ g < pointer /\ NoWriter(Child(g))
  /\ phase' = [phase EXCEPT ![g] = "sealed"]
  /\ present' = [present EXCEPT ![g] = rows[Child(g)] # {}]
  /\ UNCHANGED <<pointer, registered, exhausted, halfDone, lastSeq, producerVars, rows, ledger, offered, marks,
                 claimerVars, counters, broken>>

NothingToOffer(g) == present[g] => exhausted[g] /\ ledger[Child(g)].old \cup ledger[Child(g)].young = {}
NothingOpen(g)    == \A x \in rows[Child(g)] : offered[x] # "open"

Finish(g) ==                \* all facts in one statement
  /\ phase[g] = "sealed"
  /\ IF Fault = "finishTwice" THEN halfDone = g ELSE NothingToOffer(g)
  /\ NothingOpen(g)
  /\ phase' = [phase EXCEPT ![g] = "finished"]
  /\ halfDone' = 0
  /\ UNCHANGED <<pointer, registered, present, exhausted, lastSeq, producerVars, rows, ledger, offered, marks,
                 claimerVars, counters, broken>>

FinishFirstHalf(g) ==       \* the fault: half of the facts in an earlier snapshot
  /\ Fault = "finishTwice" /\ phase[g] = "sealed" /\ halfDone = 0 /\ NothingToOffer(g)
  /\ halfDone' = g
  /\ UNCHANGED <<pointer, registered, phase, present, exhausted, lastSeq, producerVars, rows, ledger, offered,
                 marks, claimerVars, counters, broken>>

Prune(g) ==                 \* ACCESS EXCLUSIVE NOWAIT, TRUNCATE
  /\ phase[g] = "finished" /\ NoWriter(Child(g)) /\ NoReader(Child(g))
  /\ broken' = broken \cup (IF \E x \in rows[Child(g)] \cap Committed : offered[x] # "closed" /\ x \notin marks
                              THEN {"prune"} ELSE {})
  /\ phase' = [phase EXCEPT ![g] = "pruned"]
  /\ exhausted' = [exhausted EXCEPT ![g] = FALSE]
  /\ rows' = [rows EXCEPT ![Child(g)] = {}]
  /\ ledger' = [ledger EXCEPT ![Child(g)] = EmptyLedger]
  /\ UNCHANGED <<pointer, registered, present, halfDone, lastSeq, producerVars, offered, marks, claimerVars,
                 counters>>

Next ==
  \/ \E p \in Producers : \/ Begin(p) \/ LockChild(p) \/ Allocate(p) \/ InsertRows(p)
                          \/ End(p, TRUE) \/ End(p, FALSE)
  \/ \E c \in Claimers : List(c) \/ Probe(c) \/ AssignJudge(c) \/ InsertLedger(c)
  \/ \E k \in Children : \E x \in rows[k] : CloseJob(k, x) \/ Release(k, x) \/ Cancel(k, x)
  \/ Register \/ MovePointer
  \/ \E g \in Generations : Seal(g) \/ Finish(g) \/ FinishFirstHalf(g) \/ Prune(g)

Spec == Init /\ [][Next]_vars
Symmetry == Permutations(Producers) \cup Permutations(Claimers)

-----------------------------------------------------------------------------
(* No position is in two claims without a release in between. *)
NoDoubleOffer == "double" \notin broken

(* If a committed before b's producer took its positions, b is not first offered before a. *)
Fifo == "fifo" \notin broken

(* Prune truncates no committed job that is neither closed nor cancelled. *)
PruneSafe == "prune" \notin broken

(* What is at or below high and in no hole is taken, cancelled, or never comes. *)
HoleSafe ==
  \A g \in {h \in Generations : IsLive(h)} : LET l == ledger[Child(g)] IN
    \A x \in (1 .. l.high) \ (l.old \cup l.young) :
      /\ x \in rows[Child(g)] \cap Committed => offered[x] \in {"open", "closed"} \/ x \in marks
      /\ \A p \in Producers : ~(x \in pPositions[p] /\ pStep[p] \in {"lock", "alloc", "inserted"} /\ pSegment[p] = g)

(* Each committed, uncancelled job is claimed, closed, or within reach of the next claim. *)
NoLoss ==
  \A g \in {h \in Generations : IsLive(h)} : \A x \in rows[Child(g)] \cap Committed :
    x \in marks \/ offered[x] \in {"open", "closed"} \/ (g \in Listed /\ Available(Child(g), x))

(* At rest, with a job left, the next claim offers, passes a mark, or records an exhaustion. *)
AtRest == (\A p \in Producers : pStep[p] \in {"committed", "aborted"}) /\ (\A c \in Claimers : cStep[c] = "idle")
NextClaimMoves ==
  (AtRest /\ \E k \in Children : \E x \in rows[k] : x \notin marks /\ offered[x] \in {"none", "released"})
    => \E g \in Visible(Listed, {h \in Listed : IsSealed(h)}) : Scan(g, IsSealed(g)).hit

(* Must be violated: the models reach what they are about. *)
NeverReused  == ~(\E g \in Generations : /\ g > ChildCount /\ IsLive(g)
                                         /\ \E x \in rows[Child(g)] \cap Committed : offered[x] = "closed")
NeverCarried == ~(\E k \in Children : ledger[k].old # {} /\ ledger[k].young # {})
===============================================================================
