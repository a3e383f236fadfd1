--------------------------------- MODULE Close ---------------------------------
(***************************************************************************)
(* Close: how the members of claims end when many closers meet.            *)
(*                                                                         *)
(* A closer (a worker's flush, a rescue, a cancel, a release) sends a set  *)
(* of tokens under one closer id.  One statement looks the claims up,      *)
(* leaves out what is ended already, and inserts one closure row a claim,  *)
(* part = 1 + the newest part it saw, claims ascending, ON CONFLICT DO     *)
(* NOTHING.  An uncommitted rival of the same (claim, part) is waited for. *)
(* A row lost to a rival answers its members `again`; they are sent once   *)
(* more in a new transaction.  A flush whose answer was lost is sent again *)
(* under the same closer id, perhaps while the first still runs: members   *)
(* ended by that id count as accepted.                                     *)
(*                                                                         *)
(* A release is a closer, too: its transaction also appends a ledger row   *)
(* of no members that offers the positions again, then withdraws the       *)
(* exhaustion.  Claims commit asynchronously: a crash may take the newest  *)
(* of them, in the order of the log.  Closures commit synchronously.       *)
(*                                                                         *)
(* One lane, one sealed segment, whose jobs are all committed.  README.md  *)
(* lists the abstractions.                                                 *)
(***************************************************************************)
EXTENDS Integers, Sequences, FiniteSets, TLC

CONSTANTS
  Closers,     \* model values: acts of closing, each with its own closer id
  Releasers,   \* the closers whose outcome is `released`
  Claimers,    \* model values
  JobCount,    \* positions 1 .. JobCount in the segment
  GivenClaims, \* sequence of sets of positions: durable claims at the start
  Limit,       \* n of claim(lane, n)
  MaxClaims,   \* claims made by the claimers
  Tries,       \* how often a closer may send
  MaxLost,     \* answers that are lost
  MaxAborts,   \* transactions of closers that the server aborts
  MaxCrashes,
  Fault        \* "none", or the safeguard to take away (see Faults)

Faults == {
  "none",
  "partUnread",        \* the part's number is not taken from the snapshot that said what is open
  "severalParts",      \* one call writes several rows of one claim
  "loopInside",        \* members of a lost row are tried again in the same transaction
  "anyOrder",          \* claims in any order
  "judgedByOutcome",   \* ended with my outcome: taken for my own end
  "freshId",           \* a flush whose answer was lost is sent again under a new closer id
  "reofferOwn",        \* a repeated release offers again what its first try had released
  "ledgerPerClaim",    \* release writes the ledger between two closures
  "withdrawFirst",     \* release withdraws the exhaustion before its ledger row
  "asyncClose",        \* closures commit asynchronously
  "noNonce",           \* a token is compared without its nonce
  "answerSansNonce",   \* the server compares it, but the answer says only claim number and member
  "earlyAnswer",       \* the client acts on the answer before the commit
  "pruneTooSoon"}      \* the segment may go while a lost answer is asked for again

ASSUME Fault \in Faults /\ Releasers \subseteq Closers

(* Values for GivenClaims. *)
NoClaims        == <<>>
OneClaimOfTwo   == <<{1, 2}>>
OneClaimOfThree == <<{1, 2, 3}>>
TwoClaims       == <<{1, 2}, {3}>>
TwoClaimsOfOne  == <<{1}, {2}>>

Jobs     == 1 .. JobCount
Sessions == Closers \X (1 .. Tries)     \* one transaction on the server for each time a closer sends
Max(S)   == CHOOSE x \in S : \A y \in S : y <= x

VARIABLES
  db,          \* what a snapshot taken now sees
  recoverable, \* the states a crash may go back to; all after the newest synchronous commit
  session,     \* session -> step, items, plan, wrote, own, stale, again, row, withdrew
  claimer,     \* claimer -> step, taken, exhausts
  handed,      \* tokens that some worker has
  try,         \* closer -> how often it has sent; 0: not begun
  wanted,      \* closer -> tokens without an answer
  accepted,    \* closer -> tokens answered `accepted`
  refused,     \* closer -> tokens answered `stale`
  nonces, lost, aborts, crashes

disk     == <<db, recoverable>>
client   == <<try, wanted, accepted, refused>>
counters == <<nonces, lost, aborts, crashes>>
vars == <<disk, session, claimer, handed, client, counters>>

(* db.ledger: the rows of claims_k; free: what its row leaves to offer.      *)
(* db.closures: for each ledger row, the rows of closures_k.                 *)
(* db.pruned only hides: the facts stay for the invariants.                  *)
LastFree(d) == IF d.ledger = <<>> THEN Jobs ELSE d.ledger[Len(d.ledger)].free
EndedIn(d, no) == UNION {r.ends : r \in d.closures[no]}

TokensOf(no, nonce, members) == {[no |-> no, nonce |-> nonce, pos |-> x] : x \in members}

NotSent == [step |-> "none"]
Over    == [step |-> "over"]
Sent(items) == [step |-> "sent", items |-> items, plan |-> {}, wrote |-> {}, own |-> {}, stale |-> {},
                again |-> {}, row |-> 0, withdrew |-> FALSE]
Resting == [step |-> "idle"]

Init ==
  LET n == Len(GivenClaims)
      d == [ledger |-> [i \in 1 .. n |-> [nonce |-> i, members |-> GivenClaims[i],
                                          free |-> Jobs \ UNION {GivenClaims[j] : j \in 1 .. i}]],
            closures |-> [i \in 1 .. n |-> {}], exhausted |-> FALSE, pruned |-> FALSE]
  IN /\ db = d /\ recoverable = {d}
     /\ session = [s \in Sessions |-> NotSent]
     /\ claimer = [c \in Claimers |-> Resting]
     /\ handed = UNION {TokensOf(i, i, GivenClaims[i]) : i \in 1 .. n}
     /\ try = [c \in Closers |-> 0]
     /\ wanted = [c \in Closers |-> {}]
     /\ accepted = [c \in Closers |-> {}]
     /\ refused = [c \in Closers |-> {}]
     /\ nonces = n /\ lost = 0 /\ aborts = 0 /\ crashes = 0

-----------------------------------------------------------------------------
(* Unique keys held by uncommitted transactions. *)

Runs(s)     == session[s].step \notin {"none", "over"}
PartHeldBy(s, no, part) == Runs(s) /\ \E r \in session[s].wrote : r.no = no /\ r.part = part
RivalsForPart(s, no, part) == {r \in Sessions \ {s} : PartHeldBy(r, no, part)}

NextRow == Len(db.ledger) + 1
HoldsRow(a) == IF a \in Claimers THEN claimer[a].step \in {"exhaust", "commit"} ELSE Runs(a) /\ session[a].row = NextRow
RivalsForRow(a) == {b \in (Claimers \cup Sessions) \ {a} : HoldsRow(b)}

RivalsForExhaustion(a) == {s \in Sessions \ {a} : Runs(s) /\ session[s].withdrew}

-----------------------------------------------------------------------------
(* The closer, as a client. *)

BeginWith(c, items) ==
  /\ try[c] = 0 /\ items \subseteq handed
  /\ wanted' = [wanted EXCEPT ![c] = items]
  /\ session' = [session EXCEPT ![<<c, 1>>] = Sent(items)]
  /\ try' = [try EXCEPT ![c] = 1]
  /\ UNCHANGED <<disk, claimer, handed, accepted, refused, counters>>

Begin(c) == try[c] = 0 /\ \E items \in SUBSET handed \ {{}} : BeginWith(c, items)

(* The connection is lost.  The first transaction stays on the server, begun or *)
(* not, and may still commit; what is sent again runs beside it.                *)
LoseAnswer(c) ==
  /\ lost < MaxLost /\ try[c] > 0 /\ try[c] < Tries /\ Runs(<<c, try[c]>>)
  /\ lost' = lost + 1
  /\ try' = [try EXCEPT ![c] = @ + 1]
  /\ session' = [session EXCEPT ![<<c, try[c] + 1>>] = Sent(wanted[c])]
  /\ UNCHANGED <<disk, claimer, handed, wanted, accepted, refused, nonces, aborts, crashes>>

(* Session s is over without an answer; its closer, if it still listens, sends again. *)
SendAgain(sessions, s) ==
  LET c == s[1] IN
  IF s[2] = try[c] /\ try[c] < Tries
    THEN [sessions EXCEPT ![s] = Over, ![<<c, try[c] + 1>>] = Sent(wanted[c])]
    ELSE [sessions EXCEPT ![s] = Over]
NextTry(s) == IF s[2] = try[s[1]] /\ try[s[1]] < Tries THEN [try EXCEPT ![s[1]] = @ + 1] ELSE try

-----------------------------------------------------------------------------
(* The closer, on the server. *)

IdOf(s)      == <<s[1], IF Fault = "freshId" THEN s[2] ELSE 0>>
OutcomeOf(s) == IF s[1] \in Releasers THEN "released" ELSE "done"

Known(t) == /\ ~db.pruned /\ t.no <= Len(db.ledger)
            /\ t.pos \in db.ledger[t.no].members
            /\ Fault = "noNonce" \/ t.nonce = db.ledger[t.no].nonce
IsEnded(t) == t.pos \in EndedIn(db, t.no)
EndedByMe(s, t) == \E r \in db.closures[t.no] :
  t.pos \in r.ends /\ IF Fault = "judgedByOutcome" THEN r.outcome = OutcomeOf(s) ELSE r.by = IdOf(s)

NewestPart(no) == Max({0} \cup {r.part : r \in db.closures[no]})

(* One row a claim; with severalParts one row a member, in consecutive parts. *)
PlanFor(open) ==
  LET nos      == {t.no : t \in open}
      ends(no) == {t.pos : t \in {u \in open : u.no = no}}
      row(no, part, members) == [no |-> no, nonce |-> db.ledger[no].nonce, part |-> part, ends |-> members]
  IN IF Fault = "severalParts"
       THEN UNION {{row(no, NewestPart(no) + Cardinality({y \in ends(no) : y <= x}), {x}) : x \in ends(no)}
                     : no \in nos}
       ELSE {row(no, NewestPart(no) + 1, ends(no)) : no \in nos}

(* Is token t in what the answer says about row r? *)
Answers(r, t) == /\ t.no = r.no /\ t.pos \in r.ends
                 /\ Fault \in {"noNonce", "answerSansNonce"} \/ t.nonce = r.nonce

(* Where the transaction goes when no closure is left to insert. *)
HasReleased(s, wrote, own) ==
  s[1] \in Releasers /\ (wrote # {} \/ (Fault = "reofferOwn" /\ own # {}))
AfterClosures(s, x) ==
  IF HasReleased(s, x.wrote, x.own) /\ x.row = 0
    THEN [x EXCEPT !.step = IF Fault = "withdrawFirst" THEN "withdraw" ELSE "ledger"]
    ELSE [x EXCEPT !.step = "commit"]

Read(s) ==                  \* the snapshot of the closing statement
  /\ session[s].step = "sent"
  /\ LET items == session[s].items
         known == {t \in items : Known(t)}
         ended == {t \in known : IsEnded(t)}
         mine  == {t \in ended : EndedByMe(s, t)}
         open  == known \ ended
         x     == [session[s] EXCEPT !.step = "insert", !.plan = PlanFor(open), !.own = @ \cup mine,
                                     !.stale = @ \cup (items \ (open \cup mine)), !.again = {}]
     IN session' = [session EXCEPT ![s] = IF open = {} THEN AfterClosures(s, x) ELSE x]
  /\ UNCHANGED <<disk, claimer, handed, client, counters>>

Before(a, b) == a.no < b.no \/ (a.no = b.no /\ a.part < b.part)
Candidates(s) ==
  LET plan == session[s].plan IN
  IF Fault = "anyOrder" THEN plan ELSE {r \in plan : \A q \in plan \ {r} : Before(r, q)}
(* The key that row r of session s asks for. *)
KeyPart(r) == IF Fault = "partUnread" THEN NewestPart(r.no) + 1 ELSE r.part

InsertClosure(s, r) ==
  /\ session[s].step = "insert" /\ r \in Candidates(s)
  /\ LET part == KeyPart(r)
         beaten == \E q \in db.closures[r.no] : q.part = part
         x    == session[s]
         y    == IF beaten
                   THEN [x EXCEPT !.plan = @ \ {r},
                                  !.again = @ \cup {t \in x.items : Answers(r, t)}]
                   ELSE [x EXCEPT !.plan = @ \ {r},
                                  !.wrote = @ \cup {[r EXCEPT !.part = part]}]
         toLedger == Fault = "ledgerPerClaim" /\ s[1] \in Releasers /\ y.wrote # {} /\ y.row = 0
     IN /\ beaten \/ RivalsForPart(s, r.no, part) = {}          \* else it waits
        /\ session' = [session EXCEPT ![s] =
             IF toLedger THEN [y EXCEPT !.step = "ledger"]
             ELSE IF y.plan # {} THEN y
             ELSE IF Fault = "loopInside" /\ y.again # {} THEN [y EXCEPT !.step = "sent", !.items = y.again]
             ELSE AfterClosures(s, y)]
  /\ UNCHANGED <<disk, claimer, handed, client, counters>>

(* Release only.  The ledger row is a compare-and-set that loops in its own        *)
(* transaction: to wait for a rival, look again, and go on with the next number    *)
(* is this one step.                                                               *)
AppendRow(s) ==
  /\ session[s].step = "ledger" /\ RivalsForRow(s) = {}
  /\ session' = [session EXCEPT ![s].row = NextRow,
                                ![s].step = IF Fault = "withdrawFirst" THEN "commit" ELSE "withdraw"]
  /\ UNCHANGED <<disk, claimer, handed, client, counters>>

(* DELETE FROM exhausted: finds only a committed row, and then locks it. *)
Withdraw(s) ==
  /\ session[s].step = "withdraw" /\ (db.exhausted => RivalsForExhaustion(s) = {})
  /\ session' = [session EXCEPT ![s].withdrew = db.exhausted,
                                ![s].step = IF Fault = "withdrawFirst" THEN "ledger"
                                            ELSE IF session[s].plan # {} THEN "insert" ELSE "commit"]
  /\ UNCHANGED <<disk, claimer, handed, client, counters>>

Written(s) ==               \* db after the commit of s
  LET x    == session[s]
      rows == {[no |-> r.no, row |-> [part |-> r.part, ends |-> r.ends, by |-> IdOf(s), outcome |-> OutcomeOf(s)]]
                : r \in x.wrote}
      closed == [i \in 1 .. Len(db.ledger) |-> db.closures[i] \cup {q.row : q \in {z \in rows : z.no = i}}]
      back == UNION {r.ends : r \in x.wrote}
              \cup IF Fault = "reofferOwn" THEN {t.pos : t \in x.own} ELSE {}
  IN [db EXCEPT !.closures = IF x.row = 0 THEN closed ELSE Append(closed, {}),
                !.ledger = IF x.row = 0 THEN @
                           ELSE Append(@, [nonce |-> 0, members |-> {}, free |-> LastFree(db) \cup back]),
                !.exhausted = @ /\ ~x.withdrew]

(* Commit and answer.  An answer lost on its way is LoseAnswer before this step. *)
Commit(s) ==
  /\ session[s].step = "commit"
  /\ LET x == session[s]
         c == s[1]
         d == Written(s)
         listens == s[2] = try[c]
         won == {t \in wanted[c] : \E r \in x.wrote : Answers(r, t)} \cup x.own
     IN /\ db' = d
        /\ recoverable' = IF d = db THEN recoverable
                          ELSE IF Fault = "asyncClose" THEN recoverable \cup {d} ELSE {d}
        /\ IF listens
             THEN /\ accepted' = [accepted EXCEPT ![c] = @ \cup won]
                  /\ refused' = [refused EXCEPT ![c] = @ \cup x.stale]
                  /\ wanted' = [wanted EXCEPT ![c] = x.again]
                  /\ IF x.again # {} /\ try[c] < Tries
                       THEN /\ try' = [try EXCEPT ![c] = @ + 1]
                            /\ session' = [session EXCEPT ![s] = Over, ![<<c, try[c] + 1>>] = Sent(x.again)]
                       ELSE session' = [session EXCEPT ![s] = Over] /\ UNCHANGED try
             ELSE session' = [session EXCEPT ![s] = Over] /\ UNCHANGED <<accepted, refused, wanted, try>>
  /\ UNCHANGED <<claimer, handed, counters>>

AnswerEarly(s) ==           \* the fault: rows and tag of a statement travel before its commit
  /\ Fault = "earlyAnswer" /\ session[s].step = "commit" /\ s[2] = try[s[1]]
  /\ accepted' = [accepted EXCEPT ![s[1]] = @ \cup {t \in wanted[s[1]] : \E r \in session[s].wrote : Answers(r, t)}]
  /\ UNCHANGED <<disk, session, claimer, handed, try, wanted, refused, counters>>

Abort(s) ==
  /\ aborts < MaxAborts /\ Runs(s) /\ session[s].step # "sent"
  /\ aborts' = aborts + 1
  /\ session' = SendAgain(session, s) /\ try' = NextTry(s)
  /\ UNCHANGED <<disk, claimer, handed, wanted, accepted, refused, nonces, lost, crashes>>

-----------------------------------------------------------------------------
(* Claim: one ledger row, then the exhaustion when fewer than Limit were left. *)

Lowest(S) == {x \in S : Cardinality({y \in S : y < x}) < Limit}

List(c) ==                  \* the snapshot that shows the segment as not exhausted; no lock yet
  /\ claimer[c].step = "idle" /\ nonces < Len(GivenClaims) + MaxClaims
  /\ ~db.exhausted /\ ~db.pruned
  /\ claimer' = [claimer EXCEPT ![c] = [step |-> "listed"]]
  /\ UNCHANGED <<disk, session, handed, client, counters>>

InsertClaim(c) ==           \* while a rival holds the number: it would wait, and lose
  /\ claimer[c].step = "listed" /\ nonces < Len(GivenClaims) + MaxClaims
  /\ ~db.pruned /\ RivalsForRow(c) = {}
  /\ LET taken == Lowest(LastFree(db))
     IN claimer' = [claimer EXCEPT ![c] = [step |-> IF Cardinality(taken) < Limit THEN "exhaust" ELSE "commit",
                                           taken |-> taken, exhausts |-> FALSE]]
  /\ UNCHANGED <<disk, session, handed, client, counters>>

InsertExhaustion(c) ==      \* ON CONFLICT DO NOTHING: waits for an uncommitted delete
  /\ claimer[c].step = "exhaust" /\ RivalsForExhaustion(c) = {}
  /\ claimer' = [claimer EXCEPT ![c].step = "commit", ![c].exhausts = TRUE]
  /\ UNCHANGED <<disk, session, handed, client, counters>>

CommitClaim(c) ==           \* asynchronous: visible and answered before it is durable
  /\ claimer[c].step = "commit"
  /\ LET x == claimer[c]
         d == [db EXCEPT !.ledger = Append(@, [nonce |-> nonces + 1, members |-> x.taken,
                                               free |-> LastFree(db) \ x.taken]),
                         !.closures = Append(@, {}),
                         !.exhausted = @ \/ x.exhausts]
     IN /\ db' = d
        /\ recoverable' = recoverable \cup {d}
        /\ handed' = handed \cup TokensOf(Len(d.ledger), nonces + 1, x.taken)
  /\ nonces' = nonces + 1
  /\ claimer' = [claimer EXCEPT ![c] = Resting]
  /\ UNCHANGED <<session, client, lost, aborts, crashes>>

-----------------------------------------------------------------------------
(* The server dies: what was not durable is gone, each transaction is over. *)
Crash ==
  /\ crashes < MaxCrashes
  /\ crashes' = crashes + 1
  /\ \E d \in recoverable : db' = d /\ recoverable' = {d}
  /\ LET resends(c) == try[c] > 0 /\ try[c] < Tries /\ Runs(<<c, try[c]>>)
     IN /\ session' = [s \in Sessions |-> IF resends(s[1]) /\ s[2] = try[s[1]] + 1 THEN Sent(wanted[s[1]])
                                          ELSE IF Runs(s) THEN Over ELSE session[s]]
        /\ try' = [c \in Closers |-> IF resends(c) THEN try[c] + 1 ELSE try[c]]
  /\ claimer' = [c \in Claimers |-> Resting]
  /\ UNCHANGED <<handed, wanted, accepted, refused, nonces, lost, aborts>>

(* Finish and prune of the segment.  Retention outlives each repeated flush. *)
Prune ==
  /\ ~db.pruned /\ db.exhausted /\ LastFree(db) = {}
  /\ \A i \in 1 .. Len(db.ledger) : EndedIn(db, i) = db.ledger[i].members
  /\ \A s \in Sessions : Runs(s) => session[s].step = "sent"       \* the others hold a lock on the child
  /\ \A c \in Claimers : claimer[c].step \in {"idle", "listed"}
  /\ Fault = "pruneTooSoon" \/ \A c \in Closers : try[c] > 0 => ~Runs(<<c, try[c]>>)
  /\ db' = [db EXCEPT !.pruned = TRUE]
  /\ recoverable' = {db'}
  /\ UNCHANGED <<session, claimer, handed, client, counters>>

Next ==
  \/ \E c \in Closers : Begin(c) \/ LoseAnswer(c)
  \/ \E s \in Sessions : \/ Read(s) \/ AppendRow(s) \/ Withdraw(s) \/ Commit(s) \/ AnswerEarly(s) \/ Abort(s)
                         \/ session[s].step = "insert" /\ \E r \in Candidates(s) : InsertClosure(s, r)
  \/ \E c \in Claimers : List(c) \/ InsertClaim(c) \/ InsertExhaustion(c) \/ CommitClaim(c)
  \/ Crash \/ Prune

Spec == Init /\ [][Next]_vars
Symmetry == Permutations(Closers \ Releasers) \cup Permutations(Releasers) \cup Permutations(Claimers)

-----------------------------------------------------------------------------
(* Parts of a claim are disjoint, and end members of it only. *)
EndedOnce ==
  \A i \in 1 .. Len(db.ledger) :
    /\ EndedIn(db, i) \subseteq db.ledger[i].members
    /\ \A q, r \in db.closures[i] : q # r => q.ends \cap r.ends = {}

(* Parts of a claim are 1 .. n, each number once. *)
PartsContiguous ==
  \A i \in 1 .. Len(db.ledger) :
    {r.part : r \in db.closures[i]} = 1 .. Cardinality(db.closures[i])

(* At most one closer is told that it ended a member. *)
AcceptedOnce == \A c, d \in Closers : c # d => accepted[c] \cap accepted[d] = {}

(* What a closer was told to have ended is ended by it, also after a crash. *)
EndedByIn(d, c, t) == /\ t.no <= Len(d.ledger)
                      /\ \E r \in d.closures[t.no] : t.pos \in r.ends /\ r.by[1] = c
AcceptedDurable == \A c \in Closers : \A t \in accepted[c] : \A d \in recoverable : EndedByIn(d, c, t)

(* Only the token of the claim that stands in the ledger is accepted. *)
StaleNeverWins == \A c \in Closers : \A t \in accepted[c] :
                    t.no <= Len(db.ledger) => t.nonce = db.ledger[t.no].nonce

(* Who is told `stale` did not end the member, and never will. *)
StaleIsTrue == \A c \in Closers : \A t \in refused[c] :
                 ~(EndedByIn(db, c, t) /\ t.nonce = db.ledger[t.no].nonce)

(* A position is free, or in exactly one claim that has not released it. *)
ReleasedIn(no) == UNION {r.ends : r \in {q \in db.closures[no] : q.outcome = "released"}}
OfferedOnce ==
  \A x \in Jobs :
    Cardinality({i \in 1 .. Len(db.ledger) : x \in db.ledger[i].members \ ReleasedIn(i)})
      + (IF x \in LastFree(db) THEN 1 ELSE 0) = 1

(* An exhausted lane hides nothing that is free. *)
ExhaustedIsTrue == db.exhausted => LastFree(db) = {}

(* No circle of transactions that wait for each other. *)
WaitsFor(a) ==
  IF a \in Claimers
    THEN IF claimer[a].step = "exhaust" THEN RivalsForExhaustion(a) ELSE {}
  ELSE IF session[a].step = "insert"
    THEN UNION {IF \E q \in db.closures[r.no] : q.part = KeyPart(r) THEN {}
                ELSE RivalsForPart(a, r.no, KeyPart(r)) : r \in Candidates(a)}
  ELSE IF session[a].step = "ledger" THEN RivalsForRow(a)
  ELSE IF session[a].step = "withdraw" /\ db.exhausted THEN RivalsForExhaustion(a)
  ELSE {}
Waiting == {a \in Claimers \cup Sessions : WaitsFor(a) # {}}
NoDeadlock == \A S \in SUBSET Waiting \ {{}} : \E a \in S : WaitsFor(a) \cap S = {}

(* Must be violated: the models reach what they are about. *)
NeverThreeParts  == \A i \in 1 .. Len(db.ledger) : Cardinality(db.closures[i]) < 3
NeverRepeatedWin == \A s \in Sessions : ~(session[s].step = "commit" /\ session[s].own # {} /\ s[2] = try[s[1]])
NeverClaimLost   == \A t \in handed : t.no <= Len(db.ledger) => db.ledger[t.no].nonce = t.nonce
NeverReclaimed   == \A i, j \in 1 .. Len(db.ledger) : i # j => db.ledger[i].members \cap db.ledger[j].members = {}
NeverPruned      == ~db.pruned
=============================================================================
