"""The words by which lint tells what changes something from what does not; each list says what it is for."""

import re

# Verbs at the beginning of WHAT that name no change somebody could see.
VAGUE_VERBS = re.compile(
    r"(?:we (?:should|need to|must|will) |please |to )?(?:try to |start to |continue to )?(?:"
    r"improve|enhance|better|increase|strengthen|optimi[sz]e|streamline|harden|revisit|rethink|reconsider|"
    r"look (?:in)?to|look at|dig into|investigate|explore|research|analy[sz]e|assess|evaluate|understand|find out|study|"
    r"consider|think|discuss|talk|brainstorm|decide|agree|align|review|monitor|watch|keep an eye|follow up|check (?:if|"
    r"whether|on)|"
    r"be (?:more |extra )?(?:careful|aware|mindful|vigilant|proactive|diligent)|pay (?:more )?attention|take (?:more )?care|"
    r"get better at|do better|work on|address|handle|tackle|"
    r"remind|raise awareness|communicate|encourage|promote|foster|more (?:testing|tests|monitoring|care|communication)"
    r")\b",
    re.IGNORECASE,
)
# A number, code or a named place makes a change concrete whatever its verb.
CONCRETE = re.compile(r"\d|`[^`]+`|\b(?:in|on) (?:staging|production|prod|canary)\b|https?://", re.IGNORECASE)
# What a person does or knows; it can be ticked although no system is any different.
TICKED = re.compile(
    r"\b(?:review(?:ed)?|discuss(?:ed|ion)?|talked|investigat(?:ed|ion)|looked (?:in)?to|looked at|understands?|"
    r"understood|aware|"
    r"awareness|informed|reminded|reminder|trained|training|workshop|meeting|held|sent|shared|communicated|announced|"
    r"agreed|decided|present(?:ed|ation)|posted|published|circulated|briefed|briefing|walked through|went through|gone through|"
    r"signed off|filed|linked|uploaded|recorded in|mentioned|raised|brought up|socialised|socialized|onboarded|acknowledged|"
    r"retro|retrospective|all[- ]hands|town hall|standup|stand-up|slides?|deck|e?mail(?:ed)?|newsletter|"
    r"(?:is|are|lives?|stands?) in (?:confluence|notion|the (?:wiki|docs?|handbook|drive|backlog|board))|"
    r"considered|evaluated|assessed|analy[sz]ed|researched|documented|document|docs?|wiki|page|ticket|minutes|updated|"
    r"written|read|"
    r"planned|scheduled|prioriti[sz]ed|done|complete[d]?|finished|closed|implemented|everyone|everybody|knows?|"
    r"followed up)\b",
    re.IGNORECASE,
)
# Judgements that two people would make differently.
VAGUE_STATES = re.compile(
    r"\b(?:better|improved|improves|improvement|good|great|robust|reliable|stable|sufficient|enough|adequate|appropriate|"
    r"proper(?:ly)?|faster|quicker|easier|simpler|cleaner|reduced|increased|as needed|regularly|closely|smooth(?:ly)?|"
    r"happy|fine|ok|works?|well|safe(?:r|ly)?|confident|comfortable|quick(?:ly)? enough|quick|fast|slow|feels?|clear(?:er)?|"
    r"understandable|maintainable|healthy|healthier|higher|lower|significantly|noticeably|reasonabl[ey]|acceptabl[ey]|"
    r"working|under control|more|less|fewer)\b",
    re.IGNORECASE,
)
# Names of groups of people. A person has a name or a handle.
TEAMS = re.compile(
    r"\b(?:team|teams|squad|guild|tribe|chapter|group|crew|department|dept|org|committee|everyone|everybody|all|"
    r"all of us|anyone|we|us|engineering|engineers|developers|devs|devops|sre|sres|ops|operations|platform|infra|"
    r"infrastructure|backend|frontend|"
    r"security|support|product|management|leads|leadership|on[- ]?call|oncall|dba|dbas|qa|it|noc|several|various)\b",
    re.IGNORECASE,
)
# What makes the next incident shorter: it is seen sooner, spreads less, or ends more surely.
SHORTENS = re.compile(
    r"\b(?:alert\w*|paging|pages? (?:when|if|on|the|us|somebody|someone|\w+[ -]on[- ]?call)|metrics?|slo|slis?|"
    r"burn rate|detect\w*|"
    r"synthetic|probe\w*|health ?checks?|canary|canaries|trace\w*|roll(?:s|ed|ing)? ?back\w*|revert\w*|switch(?:es)? back|"
    r"kill ?switch|feature flag\w*|fail ?over\w*|circuit breaker\w*|bulkhead\w*|limit\w*|quota\w*|throttl\w*|shed\w*|"
    r"isolat\w*|"
    r"timeout\w*|retr(?:y|ies)|back ?off|dead[- ]?letter\w*|park|reject\w*|idempoten\w*|redundan\w*|replica\w*|"
    r"second (?:resolver|node|region|zone|instance)|backup\w*|restor\w*|cach\w*|runbook\w*|game ?day|drill\w*|load test\w*|"
    r"auto[- ]?scal\w*|capacity|drain\w*|automat\w*)\b",
    re.IGNORECASE,
)
