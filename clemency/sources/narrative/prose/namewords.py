"""Words that tell names of people from other capitalised words: surnames, titles, places, institutions, kin."""

from __future__ import annotations

SURNAMES = frozenset(
    """ai an ba bai ban bao bei bi bian bu cai cao cen chai chang che chen cheng chi chu cui dai dan dang deng di diao
    ding dong dou du duan fan fang fei feng fu gan gao ge geng gong gou gu guan gui guo ha hai han hao he hong hou
    hu hua huang huo ji jia jian jiang jiao jin jing ju kan kang ke kong kuang lai lan lang lao le lei leng li lian
    liang liao lin ling liu long lou lu luan lun luo lv lyu ma mai man mang mao mei men meng mi miao min ming mo mou
    mu ni nie ning niu nong ou ouyang pan pang pei peng pi ping pu qi qian qiao qin qiu qu quan ran rao ren rong
    ruan rui sang sha shan shang shao she shen sheng shi shu shuai shuang shui si situ song su sui sun tai tan tang
    tao teng tian tong tu wan wang wei wen weng wu xi xia xian xiang xiao xie xin xing xiong xu xue xun yan yang yao
    ye yi yin ying yong you yu yuan yue yun zan zang zeng zha zhai zhan zhang zhao zhe zhen zheng zhong zhou zhu
    zhuang zhuo zi zong zou zu zuo chow wong chan cheung leung lam""".split()
)
OTHER_WORDS = frozenset(
    """a about according administrative after all allegedly also although amid among amnesty an and annual another any
    approximately april army around article as asia associated association at august authorities authority
    autonomous aid based because before beginning beijing between bishop bob both boxun branch british brother
    buddhist bureau but by catholic caijing center central charter chengdu china chinese chongqing christian church
    civil clear committee communist compass congress constitution court criminal daily dalai dalian december defense
    democracy democratic detention digest direct district dui during each earlier early east election embassy
    enterprise epoch european falun family february fellow financial following former foundation four free freedom
    friday from fujian fuzhou gansu gong government group guangdong guangxi guangzhou guardian guizhou hainan han
    harbin hebei heilongjiang henan her high hong hospital house how however hua hubei human hunan i if imprisoned
    in information initial inner international internet intermediate invalid is it its january jiangsu jiangxi jilin
    journalist journalists july june kong kunming lama last law lawyer lawyers leader less lhasa liaoning livelihood
    local long macau many march may media members men ministry modern monastery monday mongol mongolia mongolian
    months more most mother municipal municipality nanjing national neither network new news nine ningxia nobel no
    none north northern not notice november nunnery october of office official officials olympic olympics on once
    one only open organization other others our parents party people people's philadelphia phayul police political
    post prefecture president previously prior prison prisoner prisoners procuratorate property protestant
    provincial province psb public qinghai radio records reeducation reporters reports republic reuters rights rtl
    ruling saturday school sch scholars second secretary security september seven several shaanxi shandong shanghai
    shanxi she shenyang shenzhen shortly sichuan since six some sound sources south southern sources spokesman state
    states subsequently sunday supreme taiwan tap tar telegraph ten that the their then there these they third this
    those though three throughout thursday tiananmen tianjin tianwang tibet tibetan tibetans time times to today
    together tuesday two twitter u.s u.s. un under union united university unknown unofficial unregistered until
    upon urumqi using uyghur uyghurs village villagers voice war washington watch website wednesday weibo west
    western when where whether which while who wisdom with within women women's worker workers world wuhan xi'an
    xining xinhua xinjiang xizang year years yunnan zhejiang zhengzhou court's supervisory relatives reported
    reportedly reporting human hrw hric ict rfa rsf tchrd tin voa vot rdn chrd hrcic crlw smhric cecc kap lanzhou
    guiyang nanning yinchuan hangzhou nanchang hefei taiyuan hohhot shijiazhuang he his him hers himself herself you
    foreign affairs involuntary disappearances gospel fellowship peace prize congressional-executive commission
    dialogue policy railway station island universal declaration social sciences contemporary art re-education
    through dafa dynasty television int registry except construction corps production eventually meanwhile borders
    labour labor department front sea gehrig additionally nevertheless likewise finally later instead despite given
    due including detained sentenced released dui-hua hkcnews minghui ngo's middle-school protestants muslims muslim
    christians islamic islam""".split()
)
TITLES = frozenset(
    "geshe khenpo lama rinpoche abbot pastor bishop father reverend rev dr mr mrs ms professor monk monks nun nuns "
    "imam tulku lawyer writer activist journalist petitioner practitioner practitioners advocate "
    "sir brother sister".split()
)
INSTITUTIONS = (
    r"(?:county|city|cities|counties|municipalit\w+|province|provinces|prefecture|district|districts|township|town|village|"
    r"villages|island|river|mountain|lake|road|street|avenue|square|prison|prisons|jail|detention|court|courts|monastery|"
    r"nunnery|temple|church|university|college|school|institute|hospital|psychiatric|legal|foundation|movement|law|center|centre|"
    r"reeducation|rtl|psb|public|people's|intermediate|municipal|provincial|women's|no[.\u2024]|t?&?qap|tap|kap|tibetan|mongol|kazakh|"
    r"uyghur|autonomous|region|daily|times|post|news|weekly|magazine|report|award|prize|railway|station|airport|hotel|company|"
    r"group|party|committee|commission|bureau|government|authorities|officials|police|area|local|market|banner|base|farm)"
)
RELATIVES = (
    r"(?:husband|wife|son|sons|daughter|daughters|brother|brothers|sister|sisters|father|mother|parents|uncle|aunt|nephew|"
    r"niece|cousin|cousins|child|children|family|families|relatives?|friends?|colleagues?|lawyers?|attorneys?|supporters?|"
    r"co-defendants?|codefendants?|cellmates?|classmates?|students?|employer|employees?|neighbors?|spouse|partner|fianc\w+|"
    r"grandfather|grandmother|in-laws?|son-in-law|daughter-in-law|assistant|disciple|followers?|accomplices?|associates?)"
)
SPEAKERS = (
    r"(?:lawyers?|attorneys?|judge|president|premier|secretary|ambassador|spokes(?:man|woman|person)|director|"
    r"general|secretary-general|chairman|minister|senator|congressman|representative|reporter|scholar|official|officer|"
    r"general secretary|party secretary|leader|laureate|prime minister)"
)
